// An autoencoder: images of Fashion-MNIST through 16 numbers and back. Writes a PNG with test images above
// their reconstructions. Usage: autoencoder [FOLDER of the data] [FILE]
#include <algorithm>
#include <cmath>
#include <iostream>

#include <png.h>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

constexpr std::size_t side = 28, pixels = side * side;

// Rows of images of equal length, one below the other; values from 0 (black) to 1.
void write_png(const std::string& path, const std::vector<Tensor<>>& rows) {
    const std::size_t columns = rows[0].shape()[0], width = columns * side;
    std::vector<std::uint8_t> gray(rows.size() * columns * pixels);
    for (std::size_t row = 0; row < rows.size(); ++row)
        for (std::size_t i = 0; i < columns * pixels; ++i) {
            const std::size_t column = i / pixels, y = row * side + i % pixels / side, x = i % side;
            const float value = std::clamp(rows[row].value().data()[i], 0.0F, 1.0F);
            gray[y * width + column * side + x] = static_cast<std::uint8_t>(std::lround(255 * value));
        }
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(rows.size() * side);
    image.format = PNG_FORMAT_GRAY;
    if (!png_image_write_to_file(&image, path.c_str(), 0, gray.data(), 0, nullptr))
        throw DataError(path + ": " + image.message);
}

int main(int argc, char** argv) {
    const auto [train, test] = open_dataset(argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist");
    const std::string path = argc > 2 ? argv[2] : "autoencoder.png";
    const Normalizer to_unit(std::vector(pixels, 0.0), std::vector(pixels, 255.0));
    Rng rng(1);
    Batches batches(train.slice(0, 20'000), to_unit, 100);
    Sequential encoder{Linear(pixels, 128, rng), SiLU(), Linear(128, 16, rng)};
    Sequential decoder{Linear(16, 128, rng), SiLU(), Linear(128, pixels, rng)};  // logits
    Sequential net{std::move(encoder), std::move(decoder)};
    Adam adam(net.parameters(), {.learning_rate = 2e-3});
    for (int epoch = 0; epoch < 5; ++epoch) {
        float loss_of_last = 0;
        for (const auto& batch : batches.epoch(rng)) {
            net.zero_grad();
            Tape tape;
            const Tensor loss = binary_cross_entropy_with_logits(net(batch.x), batch.x);
            loss.backward();
            adam.step();
            loss_of_last = loss.item();
        }
        std::cout << "epoch " << epoch + 1 << ", loss of the last batch " << loss_of_last << "\n";
    }

    Batches tested(test.slice(0, 1000), to_unit, 1000);
    const Tensor x = tested.next().x, y = sigmoid(net(x));
    // How much of the images' variance is left: 1 for a net that always gives the mean image.
    const float left = (mean(square(x - y)) / mean(square(x - mean(x, {0}, KeepDims::yes)))).item();
    write_png(path, {slice(x, 0, 0, 12), slice(y, 0, 0, 12)});
    std::cout << "wrote " << path << "; " << 100 * left << " % of the variance is lost\n";
    return left < 0.25F ? 0 : 1;
}
