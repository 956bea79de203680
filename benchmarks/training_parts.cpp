// The parts of a training besides the net. Usage: training_parts THREADS
// Prints lines of a name and a median: steps of the report's 3-layer net with SGD and with AdamW, AdamW on
// 10^7 parameters and a copy of as many bytes, batches that are normalized, cropped and flipped before, or
// read from a file.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include <xgrad/xgrad.hpp>

namespace {

using namespace xgrad;

// The medians of functions that take turns, in microseconds per call.
void measure(int rounds, int calls,
             const std::vector<std::pair<std::string, std::function<void()>>>& functions) {
    std::vector<std::vector<double>> times(functions.size());
    for (int round = 0; round <= rounds; ++round)
        for (std::size_t i = 0; i < functions.size(); ++i) {
            const auto start = std::chrono::steady_clock::now();
            for (int call = 0; call < calls; ++call) functions[i].second();
            const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
            if (round > 0) times[i].push_back(time.count() / calls);  // the first one warms up
        }
    for (std::size_t i = 0; i < functions.size(); ++i) {
        std::ranges::sort(times[i]);
        std::cout << functions[i].first << " " << times[i][times[i].size() / 2] << std::endl;
    }
}

Dataset images(std::size_t count, Rng& rng) {
    std::vector<std::uint8_t> pixels(count * 3 * 32 * 32), labels(count);
    for (auto& pixel : pixels) pixel = static_cast<std::uint8_t>(rng.bits());
    for (auto& label : labels) label = static_cast<std::uint8_t>(rng.below(10));
    return Dataset("noise", std::vector<std::string>(10, "class"), {3, 32, 32}, pixels, labels);
}

// The images as a file of records with a label each.
std::filesystem::path write_records(const Dataset& data) {
    const auto path =
        std::filesystem::temp_directory_path() / ("training_parts-" + std::to_string(::getpid()));
    std::ofstream file(path, std::ios::binary);
    for (std::size_t row = 0; row < data.size(); ++row) {
        const LabelledImage image = data.image(row);
        file.put(static_cast<char>(image.label));
        file.write(reinterpret_cast<const char*>(image.pixels),
                   static_cast<std::streamsize>(data.features()));
    }
    return path;
}

void steps() {
    Rng rng(1);
    const Tensor x = randn({100, 3072}, rng);
    std::vector<std::int32_t> numbers(100);
    for (auto& number : numbers) number = static_cast<std::int32_t>(rng.below(10));
    const Indices labels(numbers);
    const auto make = [&] {
        return Sequential{Linear(3072, 50, rng), BatchNorm1d(50), ReLU(),
                          Linear(50, 50, rng),   BatchNorm1d(50), ReLU(),
                          Linear(50, 10, rng)};
    };
    Sequential by_sgd = make(), by_adamw = make();
    SGD sgd(by_sgd.parameters(), {.learning_rate = 1e-4, .weight_decay = 0.01});
    AdamW adamw(by_adamw.parameters(), {.learning_rate = 1e-5});
    const auto step = [&](auto& net, auto& optimizer) {
        net.zero_grad();
        Tape tape;
        cross_entropy(net(x), labels).backward();
        optimizer.step();
    };
    const Dataset data = images(50'000, rng);
    const Normalizer normalizer(data);
    Batches normalized(data, normalizer, 100);
    const BatchOptions<> options{
        .transforms = {RandomCrop(4), RandomHorizontalFlip(), Normalize(normalizer)}};
    Batches augmented(data, 100, options);
    const std::filesystem::path file = write_records(data);
    Batches streamed(ImageFiles({"noise", data.classes(), data.image_shape()}, {file}), 100,
                     {.transforms = {Normalize(normalizer)}, .window = 10'000});
    const auto step_on = [&](auto& batches) {
        const auto& batch = batches.next(rng);
        by_sgd.zero_grad();
        Tape tape;
        cross_entropy(by_sgd(batch.x), batch.labels).backward();
        sgd.step();
    };
    measure(50, 100,
            {{"step_sgd", [&] { step(by_sgd, sgd); }},
             {"step_adamw", [&] { step(by_adamw, adamw); }},
             {"batch_normalized", [&] { normalized.next(rng); }},
             {"batch_augmented", [&] { augmented.next(rng); }},
             {"batch_streamed", [&] { streamed.next(rng); }},
             {"step_and_batch", [&] { step_on(normalized); }},
             {"step_and_streamed_batch", [&] { step_on(streamed); }}});
    std::filesystem::remove(file);
}

void large() {
    constexpr std::size_t count = 10'000'000, floats_moved = 7;  // reads w, g, m, v; writes w, m, v
    Rng rng(1);
    Tensor<float> w(Array<float>(Shape{count}, 0.5F), RequiresGrad::yes);
    {
        Tape tape;
        sum(w * 1e-3).backward();
    }
    AdamW adamw({{"w", w}});
    const std::size_t bytes = count * sizeof(float) * floats_moved / 2;  // a copy moves each twice
    std::vector<char> from(bytes, 1), to(bytes);
    measure(15, 1,
            {{"adamw_large", [&] { adamw.step(); }},
             {"copy_large", [&] {
                  parallel_for(bytes, 1 << 16, [&](std::size_t begin, std::size_t end) {
                      std::memcpy(to.data() + begin, from.data() + begin, end - begin);
                  });
              }}});
}

}  // namespace

int main(int argc, char** argv) {
    set_num_threads(argc > 1 ? std::atoi(argv[1]) : 1);
    steps();
    large();
}
