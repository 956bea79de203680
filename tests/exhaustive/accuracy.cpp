// Usage: xgrad_accuracy [FUNCTION...]
// Runs every float, and 2^28 doubles, through the kernels of every instruction set that this build and this
// processor have, prints their largest errors, and fails where one is above its bound. FUNCTION: exp, log
// ...; all without.
#include <bit>
#include <cstdio>
#include <mutex>
#include <string>

#include <fmt/format.h>

#include <xgrad/core/isa.hpp>
#include <xgrad/core/parallel.hpp>
#include "support/accuracy.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

template <class T>
void add(std::vector<LargestError<T>>& largest, const std::vector<LargestError<T>>& more) {
    for (std::size_t k = 0; k < largest.size(); ++k) largest[k].add(more[k]);
}

constexpr std::uint64_t block = 1 << 14;
constexpr std::uint64_t stretch = 1 << 10;  // blocks that the threads share before they meet

// The largest error of each instruction set at the arguments argument(0) ... argument(count - 1).
template <class T, class F>
std::vector<LargestError<T>> errors_of_all(const Function<T>& function, std::uint64_t count, F argument) {
    std::vector<LargestError<T>> largest(usable_isas().size());
    std::mutex mutex;
    for (std::uint64_t first = 0; first < count / block; first += stretch)
        parallel_for(stretch, 1, [&](std::size_t begin, std::size_t end) {
            std::vector<T> x(block);
            std::vector<LargestError<T>> part(largest.size());
            for (std::uint64_t number = (first + begin) * block; number < (first + end) * block;
                 number += block) {
                for (std::uint64_t i = 0; i < block; ++i) x[i] = argument(number + i);
                add_errors(function, x, part);
            }
            const std::scoped_lock lock(mutex);
            add(largest, part);
        });
    return largest;
}

float every_float(std::uint64_t number) { return std::bit_cast<float>(static_cast<std::uint32_t>(number)); }

// A quarter each: numbers of all exponents, the whole range of exp, and the neighbourhoods of 0 and of 1.
double some_double(std::uint64_t number) {
    std::uint64_t bits = (number + 1) * 0x9e3779b97f4a7c15u;  // splitmix64
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    bits ^= bits >> 31;
    const double part = static_cast<double>(static_cast<std::int64_t>(bits)) * 0x1p-63;  // -1 to 1
    switch (number % 4) {
        case 0: return std::bit_cast<double>(bits);
        case 1: return 750 * part;
        case 2: return 6 * part;
        default: return 1 + part / 2;
    }
}

template <class T, class F>
bool check(const std::vector<std::string>& names, const char* type, std::uint64_t count, F argument) {
    bool passed = true;
    for (const Function<T>& function : functions<T>) {
        if (!names.empty() && std::find(names.begin(), names.end(), function.name) == names.end()) continue;
        const std::vector<LargestError<T>> errors = errors_of_all(function, count, argument);
        for (std::size_t k = 0; k < errors.size(); ++k) {
            const bool good = errors[k].ulp <= function.bound;
            passed = passed && good;
            fmt::print("{:6} {:6} {:7} {:.3f} ULP at {:a} (bound {}){}\n", to_string(usable_isas()[k]), type,
                       function.name, errors[k].ulp, errors[k].at, function.bound,
                       good ? "" : "  ABOVE ITS BOUND");
        }
        std::fflush(stdout);
    }
    return passed;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> names(argv + 1, argv + argc);
    const bool floats = check<float>(names, "float", std::uint64_t{1} << 32, every_float);
    const bool doubles = check<double>(names, "double", std::uint64_t{1} << 28, some_double);
    return floats && doubles ? 0 : 1;
}
