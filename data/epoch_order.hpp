#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <xgrad/core/rng.hpp>

namespace xgrad {

/// What happens at the end of an epoch to the samples that do not fill a batch: `keep` makes them a smaller
/// batch, `drop` skips them.
enum class LastBatch { keep, drop };

/// The position of a `Batches` in its epoch.
struct EpochState {
    std::vector<std::size_t> order;  ///< The order of the samples, as indices; empty before the first epoch.
    std::size_t position = 0;  ///< The number of samples returned so far.
    std::uint64_t seed = 0;  ///< Of the epoch's random transforms; 0 if there are none.
};

/// The order in which a `Batches` takes its samples: the part of it that does not depend on what they are.
class EpochOrder {
public:
    EpochOrder(const EpochOrder&) = delete;
    EpochOrder& operator=(const EpochOrder&) = delete;
    virtual ~EpochOrder() = default;

    /// The number of samples.
    std::size_t size() const noexcept { return size_; }
    /// The number of batches in an epoch.
    std::size_t per_epoch() const noexcept;
    /// Whether the next batch begins an epoch.
    bool epoch_is_over() const noexcept;
    /// Whether an epoch has a seed for random transforms.
    bool has_seed() const noexcept { return has_seed_; }

    /// The current position, for restore().
    const EpochState& state() const noexcept { return state_; }
    /// Continues from a saved position.
    /// @throws ValueError  `order` is not a permutation of the samples, or `position` is not the start of a
    /// batch.
    void restore(EpochState state);

protected:
    /// @throws ValueError  there are no samples, the batch size is 0, or it exceeds the number of samples and
    /// `last_batch` is `LastBatch::drop`.
    EpochOrder(std::size_t size, std::size_t batch_size, LastBatch last_batch, bool has_seed);

    /// Starts an epoch in the data set's order, with the seed 0.
    void start();
    /// Starts an epoch in random order, with a random seed.
    void start(Rng& rng);
    /// The samples of the next batch.
    std::span<const std::size_t> next_rows() const;
    /// Moves on to the batch after that.
    void advance() { state_.position += next_rows().size(); }

private:
    /// Drops what was prepared of the next batch: `state_` is about to change.
    virtual void drop_prepared() = 0;

    std::size_t size_, batch_size_;
    LastBatch last_batch_;
    bool has_seed_;
    EpochState state_;
};

}  // namespace xgrad
