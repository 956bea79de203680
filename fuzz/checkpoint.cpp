// read_checkpoint, TrainingState::load and a resumed training of cifar_bn. The target writes a correct
// checksum, as a mutated input almost never has one.
#include <xgrad/train/checkpoint.hpp>

#include "cifar_bn/training/training.hpp"
#include "shared/jobs/receipt.hpp"

#include "fuzz.hpp"

using namespace xgrad;

namespace {

// Ten images of 2 x 1, and two steps of training.
struct Small {
    Small() {
        std::vector<std::uint8_t> images, labels;
        for (std::uint8_t i = 0; i < 10; ++i) {
            images.insert(images.end(), {i, static_cast<std::uint8_t>(255 - 2 * i)});
            labels.push_back(i % 2);
        }
        const Dataset all("small", {"a", "b"}, {1, 2, 1}, images, labels);
        data = std::make_unique<apps::Split>(apps::split({all, all}, 2));
        config.hidden = {2};
        config.half_cycle = 1;
        config.cycles = 1;
        config.batch_size = 4;
        config.threads = 1;
        config.snapshots = 1;
    }

    std::unique_ptr<apps::Split> data;
    cifar_bn::TrainConfig config;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const Small small;
    const std::string folder = (fuzz::folder().path() / "checkpoints").string();
    const std::string file =
        fuzz::folder().write("checkpoints/checkpoint-1.safetensors", test::Bytes(bytes, bytes + size));
    fuzz::accepted<DataError>(file, [&] { return read_checkpoint(file); });
    const auto contents = fuzz::accepted<DataError>(file, [&] { return read_safetensors(file); });
    if (!contents) return 0;
    write_checkpoint(file, *contents);
    const Safetensors state = read_checkpoint(file);
    fuzz::require(state.arrays.size() == contents->arrays.size(),
                  "reading returns something other than what was written");
    const Checkpointing checkpointing{
        .folder = folder, .resume = true, .receipt = "{}", .compare = apps::receipt_differences};
    try {
        cifar_bn::train(small.config, *small.data, {}, checkpointing);
    } catch (const Error& error) {
        fuzz::require(std::string(error.what()).find(file) != std::string::npos,
                      "the error does not name the file");
    }
    return 0;
}
