#include <xgrad/core/rng.hpp>

#include <cmath>

#include <xgrad/core/error.hpp>

namespace xgrad {

double Rng::normal() {
    for (;;) {
        const double u = uniform(-1, 1);
        const double v = uniform(-1, 1);
        const double s = u * u + v * v;
        if (s > 0 && s < 1) return u * std::sqrt(-2 * std::log(s) / s);
    }
}

std::uint64_t Rng::below(std::uint64_t bound) {
    if (bound == 0) fail<ValueError>("Rng::below", "the bound must be positive, got 0");
    const std::uint64_t reject = (0 - bound) % bound;  // 2^64 mod bound: values below it would be favoured
    for (;;)
        if (const std::uint64_t value = engine_(); value >= reject) return value % bound;
}

}  // namespace xgrad
