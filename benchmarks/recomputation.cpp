// The memory and the time of a training step of 200 layers, plain and recomputed in segments. Each way runs
// in a process of its own, whose peak of resident memory is taken. Usage: recomputation [STEPS]
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <vector>

#include <xgrad/xgrad.hpp>

namespace {

using namespace xgrad;

constexpr std::size_t layers = 200, width = 256, batch = 512;

struct Measured {
    double milliseconds;  // median step
    double megabytes;  // that the steps added to the peak
};

double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Segments of 0 layers: nothing is recomputed.
Measured measure(std::size_t segment, int steps) {
    Rng rng(1);
    std::vector<Sequential<>> segments(segment == 0 ? 1 : layers / segment);
    for (std::size_t i = 0; i < layers; ++i)
        segments[i * segments.size() / layers].add(Linear(width, width, rng)).add(Tanh());
    const Tensor x = randn({batch, width}, rng);
    const auto step = [&](const Tensor<>& input) {
        Tape tape;
        Tensor y = input;
        for (Sequential<>& part : segments) y = segment == 0 ? part(y) : recomputed(part, y);
        sum(y).backward();
    };
    step(slice(x, 0, 0, 1));  // the gradients have their memory, the threads their buffers
    const double before = peak_megabytes();
    std::vector<double> times;
    for (int i = 0; i < steps; ++i) {
        const auto start = std::chrono::steady_clock::now();
        step(x);
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::ranges::sort(times);
    return {times[times.size() / 2], peak_megabytes() - before};
}

Measured in_a_process(std::size_t segment, int steps) {
    int ends[2];
    if (pipe(ends) != 0) std::exit(1);
    if (const pid_t child = fork(); child == 0) {
        const Measured result = measure(segment, steps);
        _exit(write(ends[1], &result, sizeof result) == sizeof result ? 0 : 1);
    } else {
        Measured result{};
        if (child < 0 || read(ends[0], &result, sizeof result) != sizeof result) std::exit(1);
        waitpid(child, nullptr, 0);
        return result;
    }
}

}  // namespace

int main(int argc, char** argv) {
    const int steps = argc > 1 ? std::max(1, std::atoi(argv[1])) : 15;
    std::cout << "| layers in a segment | MB | ratio | ms | ratio |\n|---|---|---|---|---|\n";
    const Measured plain = in_a_process(0, steps);
    for (const std::size_t segment :
         {std::size_t{0}, std::size_t{1}, std::size_t{10}, std::size_t{20}, layers}) {
        const Measured now = segment == 0 ? plain : in_a_process(segment, steps);
        std::cout << "| " << (segment == 0 ? "plain" : std::to_string(segment)) << " | " << now.megabytes
                  << " | " << now.megabytes / plain.megabytes << " | " << now.milliseconds << " | "
                  << now.milliseconds / plain.milliseconds << " |\n";
    }
}
