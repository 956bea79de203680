#pragma once

#include <string>

#include <xgrad/core/rng.hpp>
#include "cifar_bn/training/config.hpp"
#include "support/temp_dir.hpp"

namespace xgrad::test {

/// Writes a data set in MNIST's layout into `folder` of `dir`: 4 x 5 images of ten classes, each class a
/// pattern of its own under noise.
inline std::string write_small_data(const TempDir& dir, const std::string& folder = "small",
                                    std::uint32_t train = 600, std::uint32_t test = 100) {
    Rng rng(7);
    const auto be32 = [](Bytes& bytes, std::uint32_t value) {
        for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    };
    const auto write = [&](const std::string& part, std::uint32_t count) {
        Bytes images, labels;
        for (const std::uint32_t value : {0x803U, count, 4U, 5U}) be32(images, value);
        for (const std::uint32_t value : {0x801U, count}) be32(labels, value);
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint32_t label = i % 10;
            labels.push_back(static_cast<std::uint8_t>(label));
            for (std::uint32_t pixel = 0; pixel < 20; ++pixel)
                images.push_back(
                    static_cast<std::uint8_t>((pixel % 10 == label ? 150 : 30) + rng.below(100)));
        }
        dir.write(folder + "/" + part + "-images-idx3-ubyte", images);
        dir.write(folder + "/" + part + "-labels-idx1-ubyte", labels);
    };
    write("train", train);
    write("t10k", test);
    return dir.file(folder);
}

/// A training on it that takes milliseconds: 20 steps of a small net.
inline cifar_bn::TrainConfig small_config() {
    cifar_bn::TrainConfig config;
    config.hidden = {6};
    config.half_cycle = 10;
    config.cycles = 1;
    config.batch_size = 20;
    config.validation = 100;
    config.threads = 1;
    config.layer_images = 50;
    return config;
}

}  // namespace xgrad::test
