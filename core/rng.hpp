#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <utility>

namespace xgrad {

/// The only source of randomness: a 64-bit Mersenne Twister with the project's own distributions. Unlike
/// those of `<random>`, they give the same numbers with every standard library.
class Rng {
public:
    /// The same seed gives the same numbers.
    explicit Rng(std::uint64_t seed) : engine_(seed) {}

    /// A uniform 64-bit integer.
    std::uint64_t bits() { return engine_(); }
    /// Uniform in [0, 1), with 53 random bits.
    double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
    /// Uniform in [low, high), or `low` if they are equal.
    /// @throws ValueError  low > high, or a difference that is not finite.
    double uniform(double low, double high);
    /// Standard normal, by Marsaglia and Bray's polar method. The second value of a pair is discarded, so
    /// that the engine is the whole state.
    double normal();
    /// Uniform in [0, bound), without bias. @throws ValueError  bound is 0.
    std::uint64_t below(std::uint64_t bound);

    /// Permutes `values` uniformly at random (Fisher and Yates).
    template <class T>
    void shuffle(std::span<T> values) {
        for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
    }

    /// A generator with an independent stream; advances this one.
    Rng split() { return Rng(bits()); }

    /// The position in the stream: the engine's 312 words and its index into them.
    using State = std::array<std::uint64_t, std::mt19937_64::state_size + 1>;
    /// The current state, for restore().
    State state() const;
    /// Continues from `state`. @throws ValueError  an index above 312, or words that are all 0.
    void restore(const State& state);

    /// Whether both will generate the same numbers.
    bool operator==(const Rng&) const = default;

private:
    std::mt19937_64 engine_;
};

/// A seed for each of many numbers, well separated from those of its neighbours: SplitMix64's (Steele, Lea
/// and Flood 2014).
constexpr std::uint64_t scrambled(std::uint64_t seed, std::uint64_t number) noexcept {
    std::uint64_t bits = seed + 0x9e3779b97f4a7c15 * (number + 1);
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    return bits ^ bits >> 31;
}

}  // namespace xgrad
