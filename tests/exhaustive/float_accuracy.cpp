// Usage: xgrad_float_accuracy
// Runs every float through the kernels of the instruction set in force ($XGRAD_ISA), prints their largest
// errors, and fails where one is above its bound.
#include <cstdio>
#include <mutex>

#include <fmt/format.h>

#include <xgrad/core/isa.hpp>
#include <xgrad/core/parallel.hpp>
#include "support/float_accuracy.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

constexpr std::uint64_t block = 1 << 14, blocks = (std::uint64_t{1} << 32) / block;
constexpr std::uint64_t stretch = 1 << 10;  // blocks that the threads share before they meet

FloatError error_of_all(const FloatFunction& function) {
    FloatError largest;
    std::mutex mutex;
    for (std::uint64_t first = 0; first < blocks; first += stretch)
        parallel_for(stretch, 1, [&](std::size_t begin, std::size_t end) {
            std::vector<float> x(block);
            FloatError part;
            for (std::uint64_t bits = (first + begin) * block; bits < (first + end) * block; bits += block) {
                for (std::uint64_t i = 0; i < block; ++i)
                    x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(bits + i));
                part.add(float_error(function, x));
            }
            const std::scoped_lock lock(mutex);
            largest.add(part);
        });
    return largest;
}

}  // namespace

int main() {
    bool passed = true;
    for (const FloatFunction& function : float_functions) {
        const FloatError error = error_of_all(function);
        const bool good =
            error.normal <= function.normal_bound && error.subnormal <= function.subnormal_bound;
        passed = passed && good;
        fmt::print(
            "{:6} {:7} {:.3f} ULP at {:a} (bound {}); subnormal results: {:.3f} ULP at {:a} (bound {}){}\n",
            to_string(isa()), function.name, error.normal, error.normal_at, function.normal_bound,
            error.subnormal, error.subnormal_at, function.subnormal_bound, good ? "" : "  ABOVE ITS BOUND");
        std::fflush(stdout);
    }
    return passed ? 0 : 1;
}
