// The step time of two models trained at once in two threads, compared with one trained alone. Usage:
// two_models [ROUNDS]
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <vector>

#include "contestants/xgrad_net.hpp"

namespace {

constexpr int steps = 500;

double milliseconds(int models) {
    std::vector<contest::XgradNet> nets;
    for (int i = 0; i < models; ++i) nets.emplace_back(contest::net_of("3-layers"));
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (contest::XgradNet& net : nets)
        threads.emplace_back([&net] {
            for (int step = 0; step < steps; ++step) net();
        });
    for (std::thread& thread : threads) thread.join();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 9;
    std::cout << steps << " steps, milliseconds, medians of " << rounds
              << " rounds\n| threads | one model | two at once | ratio |\n|---|---|---|---|\n";
    for (const int threads : {1, xgrad::num_threads()}) {
        xgrad::set_num_threads(threads);
        std::vector<double> one, two;
        for (int round = 0; round < rounds; ++round) {
            one.push_back(milliseconds(1));
            two.push_back(milliseconds(2));
        }
        std::cout << "| " << threads << " | " << median(one) << " | " << median(two) << " | "
                  << median(two) / median(one) << " |\n";
    }
}
