#include <xgrad/core/rng.hpp>

#include <algorithm>
#include <cmath>
#include <locale>
#include <sstream>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace xgrad {

// A compiler may fuse a product and a sum where the processor can, which rounds once instead of twice; the
// stream would then depend on compiler flags. std::fma gives the same result everywhere.

double Rng::uniform(double low, double high) {
    if (!(low <= high) || !std::isfinite(high - low))
        fail<ValueError>(
            "Rng::uniform",
            fmt::format("expected low <= high and a finite difference, got low = {}, high = {}", low, high));
    const double value = std::fma(high - low, uniform(), low);
    return value < high ? value : std::nextafter(high, low);  // may have been rounded up to `high`
}

double Rng::normal() {
    for (;;) {
        const double u = 2 * uniform() - 1;  // exact, whether fused or not
        const double v = 2 * uniform() - 1;
        const double s = std::fma(u, u, v * v);
        if (s > 0 && s < 1) return u * std::sqrt(-2 * std::log(s) / s);
    }
}

std::uint64_t Rng::below(std::uint64_t bound) {
    if (bound == 0) fail<ValueError>("Rng::below", "the bound must be positive, got 0");
    const std::uint64_t reject = (0 - bound) % bound;  // 2^64 mod bound; accepting values below would bias
    for (;;)
        if (const std::uint64_t value = engine_(); value >= reject) return value % bound;
}

// The standard exposes an engine's state only as text.
Rng::State Rng::state() const {
    std::stringstream text;
    text.imbue(std::locale::classic());  // the program's may group digits
    text << engine_;
    State state;
    for (std::uint64_t& word : state) text >> word;
    return state;
}

void Rng::restore(const State& state) {
    constexpr std::size_t words = std::mt19937_64::state_size;
    if (state[words] > words)
        fail<ValueError>("Rng::restore",
                         fmt::format("the position must be at most {}, got {}", words, state[words]));
    if (std::all_of(state.begin(), state.end() - 1, [](std::uint64_t word) { return word == 0; }))
        fail<ValueError>("Rng::restore", "the words are all 0, which no generator's are");
    std::stringstream text;
    text.imbue(std::locale::classic());
    for (const std::uint64_t word : state) text << word << ' ';
    text >> engine_;
}

}  // namespace xgrad
