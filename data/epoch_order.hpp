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
    /// The order of the samples, as indices; empty before the first epoch, and if they are shuffled in
    /// windows.
    std::vector<std::size_t> order;
    std::size_t position = 0;  ///< The number of samples returned so far.
    std::uint64_t seed = 0;    ///< Of the epoch's random transforms and windows; 0 if nothing is random.
    std::size_t samples = 0;   ///< If they are shuffled in windows, their number; otherwise 0.
    std::size_t block = 0;     ///< The same of those in a block.
};

/// The order in which a `Batches` takes its samples: the part of it that does not depend on what they are.
///
/// Samples that are read from files are shuffled in windows: the data set is cut into blocks of consecutive
/// samples, the blocks are put in random order, and the samples of each sixteen blocks, a window, are
/// shuffled. So files are read in long pieces, and the indices of two windows and a batch are in memory, with
/// a number for each block.
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
    /// Whether an epoch has a seed, for random transforms or windows.
    bool has_seed() const noexcept { return has_seed_; }
    /// Whether samples are shuffled in windows.
    bool has_windows() const noexcept { return block_ > 0; }

    /// The current position, for restore().
    const EpochState& state() const noexcept { return state_; }
    /// Continues from a saved position.
    /// @throws ValueError  `order` is not a permutation of the samples, `position` is not the start of a
    /// batch, or the windows are others.
    void restore(EpochState state);

protected:
    /// @throws ValueError  there are no samples, the batch size is 0, or it exceeds the number of samples and
    /// `last_batch` is `LastBatch::drop`.
    /// @param window  about how many samples a window has; 0: all samples are shuffled.
    EpochOrder(std::size_t size, std::size_t batch_size, LastBatch last_batch, bool has_seed,
               std::size_t window);

    /// Starts an epoch in the data set's order, with the seed 0.
    void start();
    /// Starts an epoch in random order, with a random seed.
    void start(Rng& rng);
    /// The samples of the next batch.
    std::span<const std::size_t> next_rows() const;
    /// Moves on to the batch after that.
    void advance();

private:
    /// Drops what was prepared of the next batch: `state_` is about to change.
    virtual void drop_prepared() = 0;
    /// Some samples, `count` from `first` on, are among those of the next two windows.
    virtual void announce(std::size_t first, std::size_t count) = 0;

    void check(const EpochState& state) const;
    std::size_t left() const noexcept;
    void start(std::uint64_t seed);
    void enter_windows();
    void fill_windows();
    std::size_t window_size(std::size_t window) const;
    void append_window();

    std::size_t size_, batch_size_;
    LastBatch last_batch_;
    bool has_seed_;
    std::size_t block_;  // samples per block; 0: no windows
    EpochState state_;
    // With windows: the order of the blocks, the samples from `position` on that are known, and the window
    // that follows them.
    std::vector<std::size_t> blocks_, rows_;
    std::size_t next_window_ = 0;
};

}  // namespace xgrad
