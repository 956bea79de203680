// Shared by the programs of ops_side_by_side and convolutions_side_by_side: the inputs of ops, and the
// protocol.
//
// A program prints one line that describes it. Then it answers each line:
//   list                                 the names of all benchmarks, one a line, and an empty line
//   PASS SIZE THREADS CALLS NAME         microseconds of a call, of five times CALLS calls, or "refused: "
//   and
//                                        the reason
// PASS is `forward`, or `both`: forward and backward, the gradients of all inputs that need one (none, if
// nothing needs a gradient). SIZE is a number of elements; of convolutions that of images.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "refusal.hpp"

namespace contest {

using Extents = std::vector<std::int64_t>;

/// The extents of about n elements: a vector of n, or a matrix (r, c).
struct Size {
    std::int64_t n, r, c;
};

/// As square as n allows.
inline Size size_of(std::int64_t n) {
    std::int64_t rows = 1;
    for (std::int64_t r = 1; r * r <= n; ++r)
        if (n % r == 0) rows = r;
    return {n, rows, n / rows};
}

/// An input of an op, in either library.
struct Input {
    enum Kind { variable, constant, mask, index } kind;
    Extents extents;
    double low, high;  ///< The range of the values; of a mask 0 and 1, of an index [0, high).

    std::size_t size() const {
        std::size_t product = 1;
        for (const auto extent : extents) product *= static_cast<std::size_t>(extent);
        return product;
    }
    template <class V>
    std::vector<V> values(unsigned seed) const {
        std::minstd_rand random(seed + 1);
        std::uniform_real_distribution<float> between(static_cast<float>(low), static_cast<float>(high));
        std::vector<V> drawn(size());
        for (V& value : drawn)
            value =
                static_cast<V>(kind == mask ? static_cast<float>(between(random) < 0.5F) : between(random));
        return drawn;
    }
};
inline Input normal(Extents extents) { return {Input::variable, std::move(extents), -2, 2}; }
inline Input positive(Extents extents) { return {Input::variable, std::move(extents), 0.1, 2}; }
inline Input probability(Extents extents) { return {Input::variable, std::move(extents), 0.05, 0.95}; }
inline Input fixed(Extents extents) { return {Input::constant, std::move(extents), 0.1, 2}; }
inline Input mask(Extents extents) { return {Input::mask, std::move(extents), 0, 1}; }
inline Input index(Extents extents, std::int64_t limit) {
    return {Input::index, std::move(extents), 0, static_cast<double>(limit)};
}

/// The inputs of an op.
template <class... I>
std::vector<Input> of(I... inputs) {
    return {std::move(inputs)...};
}

/// A benchmark: the calls that are timed, by pass.
using Run = std::map<std::string, std::function<void()>>;

/// A line of ops.def in one library: its name, and what makes the calls for a size.
struct Entry {
    std::string name;
    std::function<Run(const Size&)> make;
};

/// Answers requests on standard input until its end.
inline int converse(const std::string& description, const std::vector<Entry>& entries,
                    void (*set_threads)(int)) {
    using Clock = std::chrono::steady_clock;
    std::cout << description << std::endl;
    Run run;
    std::string current, pass, name;
    Size size{};
    while (std::cin >> pass) {
        if (pass == "list") {
            for (const Entry& entry : entries) std::cout << entry.name << '\n';
            std::cout << std::endl;
            continue;
        }
        int threads = 0;
        std::int64_t n = 0, calls = 0;
        std::getline(std::cin >> n >> threads >> calls >> std::ws, name);
        try {
            set_threads(threads);
            if (name != current || n != size.n) {
                run = {};
                size = size_of(n);
                for (const Entry& entry : entries)
                    if (entry.name == name) run = entry.make(size);
                current = name;
            }
            const auto found = run.find(pass);
            if (found == run.end()) throw std::invalid_argument("there is no " + pass + " of " + name);
            const std::function<void()>& call = found->second;
            call();
            for (int repeat = 0; repeat < 5; ++repeat) {
                const auto start = Clock::now();
                for (std::int64_t i = 0; i < calls; ++i) call();
                const std::chrono::duration<double, std::micro> time = Clock::now() - start;
                std::cout << time.count() / static_cast<double>(calls) << ' ';
            }
            std::cout << std::endl;
        } catch (const std::exception& error) {
            refuse(error);
        }
    }
    return 0;
}

}  // namespace contest
