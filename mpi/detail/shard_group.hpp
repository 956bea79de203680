#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <xgrad/core/allocator.hpp>
#include <xgrad/mpi/detail/shard_tree.hpp>

namespace xgrad::mpi::detail {

using Doubles = std::vector<double, RecyclingAllocator<double>>;

// Calls a function for some of the shards of a batch, as if at the same time: each call is a fiber, which
// stops where it asks for a sum over all shards. The threads of the process share the fibers; within one,
// loops are not split, so that the bits do not depend on the number of threads.
class ShardGroup {
public:
    // Completes a sum: `rows` has a row of n numbers for each local shard, and receives the sum over all
    // shards in its first row.
    using Complete = std::function<void(const char* op, std::size_t n, Doubles& rows)>;

    explicit ShardGroup(bool shares_statistics);
    ShardGroup(const ShardGroup&) = delete;
    ShardGroup& operator=(const ShardGroup&) = delete;
    ~ShardGroup();

    // Calls f(shard) for the shards of `local`, and seeds the generator of each with `seed` and its number.
    // The first exception of f, in the order of the shards, is thrown again once all calls have ended.
    void run(Range local, std::uint64_t seed, const std::function<void(std::size_t shard)>& f,
             const Complete& complete);

private:
    class ShardFiber;
    struct Turns;

    void run_some(std::size_t thread, Turns& turns);
    void end_turn(Turns& turns);
    void complete_sum(const Complete& complete);
    void check_agreement() const;

    bool shares_statistics_;
    Range local_;
    std::vector<std::unique_ptr<ShardFiber>> fibers_;
    std::atomic<bool> abandoned_ = false;  // some call has failed: the others end at their next sum
};

}  // namespace xgrad::mpi::detail
