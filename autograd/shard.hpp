#pragma once

#include <cstddef>
#include <span>

#include <xgrad/autograd/tensor.hpp>
#include <xgrad/core/rng.hpp>

namespace xgrad {

/// A part of a batch that is computed apart from the others, in a function that is called for each of them at
/// the same time. What such a function computes depends on its own rows, but for the sums over all shards
/// that it asks for.
class Shard {
public:
    Shard() = default;
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;
    virtual ~Shard() = default;

    /// The shard that this thread is computing, or null.
    static Shard* current() noexcept { return innermost; }

    /// Replaces each number by its sum over all shards. Every shard must ask for the same sums in the same
    /// order, or all of them fail; the order of the additions depends only on the number of shards.
    /// @param op  the op that needs them, for errors.
    virtual void all_sum(const char* op, std::span<double> values) = 0;
    /// The generator of what is random in this shard; `Dropout` draws from it instead of its own.
    virtual Rng& generator() noexcept = 0;
    /// Whether batch norm normalizes with the statistics of all shards, or with this one's.
    virtual bool shares_statistics() const noexcept = 0;
    /// Whether this shard, of those that share its modules in memory, is the one that changes their buffers.
    virtual bool updates_buffers() const noexcept = 0;

protected:
    /// Set while the function runs, by what calls it.
    inline static thread_local constinit Shard* innermost = nullptr;
};

/// The sum of x over all shards; x itself outside one. Its gradient is `all_sum` of dy.
template <class T>
Tensor<T> all_sum(const Tensor<T>& x);

}  // namespace xgrad
