// Shared by the step programs of side_by_side: the nets and the protocol.
//
// A step program prints one line that describes it. It answers each line "NET THREADS STEPS" with the
// microseconds of each of STEPS training steps, or with "refused: " and the reason.
#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "refusal.hpp"

namespace contest {

constexpr float learning_rate = 1e-3F;
constexpr float weight_decay = 0.01F;

/// Linear layers of these widths, with batch norm and ReLU between them. Or 3x3 convolutions of images,
/// 32x32, with so many channels, batch norm and ReLU behind each, and a 2x2 maximum behind every second but
/// the last; the mean of each channel, and a Linear.
struct Net {
    std::vector<std::size_t> widths;
    std::size_t batch;
    bool is_convolutional = false;

    std::size_t layers() const { return widths.size() - 1; }
};

inline const Net& net_of(const std::string& name) {
    static const std::map<std::string, Net> nets{
        {"3-layers", {{3072, 50, 50, 10}, 100}},
        {"9-layers", {{3072, 50, 30, 20, 20, 10, 10, 10, 10, 10}, 100}},
        {"wide", {{3072, 1024, 1024, 10}, 256}},
        {"convolutions", {{3, 32, 32, 64, 64, 128, 128, 10}, 128, true}},
    };
    const auto found = nets.find(name);
    if (found == nets.end()) throw std::invalid_argument("there is no net " + name);
    return found->second;
}

/// A net of linear layers, for a step program that has no other.
inline const Net& flat(const Net& net) {
    if (net.is_convolutional) throw std::invalid_argument("there are no convolutions");
    return net;
}

template <class Step>
double microseconds(Step& step) {
    const auto start = std::chrono::steady_clock::now();
    step();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

/// Answers requests on standard input until its end. `Step` is constructed once per net as Step(net), sets
/// its threads by set_threads(count), and performs one training step when called.
template <class Step>
int converse(const std::string& description) {
    std::cout << description << std::endl;
    std::map<std::string, Step> steps;
    std::set<std::pair<std::string, int>> warm;
    std::string name;
    for (int threads = 0, count = 0; std::cin >> name >> threads >> count;) {
        try {
            Step& step = steps.try_emplace(name, net_of(name)).first->second;
            step.set_threads(threads);
            double warm_up =
                warm.insert({name, threads}).second ? 1e5 : 0;  // microseconds; two steps at least
            for (int i = 0; i < 2 || warm_up > 0; ++i) warm_up -= microseconds(step);
            for (int i = 0; i < count; ++i) std::cout << microseconds(step) << ' ';
            std::cout << std::endl;
        } catch (const std::exception& error) {
            refuse(error);
        }
    }
    return 0;
}

}  // namespace contest
