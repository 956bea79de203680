#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <vector>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/tensor.hpp>
#include <xgrad/core/rng.hpp>
#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>
#include <xgrad/data/prefetcher.hpp>

namespace xgrad {

/// Images and what they show.
template <class T = float>
struct Batch {
    Tensor<T> x;    ///< (batch, features), normalized.
    Labels labels;  ///< batch class indices.
};

/// Whether the images that are left at the end of an epoch, too few for a batch, are a smaller batch of their
/// own.
enum class LastBatch { keep, drop };

/// Where a `Batches` stands: the order of the images in this epoch, and how many of them have been handed
/// out.
struct EpochState {
    std::vector<std::size_t> order;  ///< Indices of images; empty before the first epoch.
    std::size_t position = 0;  ///< How many have been handed out.
};

/// Hands out a data set in batches, normalized as they are needed.
///
///     for (const auto& batch : batches.epoch(rng)) …      // every image once, in random order
///     for (const auto& batch : batches.epoch()) …         // in the data set's order
///     const auto& batch = batches.next(rng);              // one after the other, for ever
///
/// A batch belongs to the `Batches` and is valid until the next one is asked for; a copy of `batch.x` stays
/// as it is. While it is used, threads that have nothing to do prepare the next one.
template <class T = float>
class Batches {
public:
    /// @throws ValueError  no images, a batch size of 0, or one above the number of images where the last
    /// batch is dropped.
    /// @throws ShapeError  the normalizer is made for another number of features.
    Batches(Dataset data, const Normalizer& normalizer, std::size_t batch_size,
            LastBatch last_batch = LastBatch::keep);

    Batches(const Batches&) = delete;  // the next batch is under way
    Batches& operator=(const Batches&) = delete;

    /// What it hands out.
    const Dataset& dataset() const noexcept { return data_; }
    /// The number of batches in an epoch.
    std::size_t per_epoch() const noexcept;

    /// The next batch; at the end of an epoch (and at the very first call) the images are shuffled anew. The
    /// order depends on the state of `rng` alone, not on the epoch before.
    const Batch<T>& next(Rng& rng);
    /// The next batch; at the end of an epoch it starts over in the data set's order.
    const Batch<T>& next();

    class Epoch;
    /// A new epoch in random order, as a range.
    Epoch epoch(Rng& rng);
    /// A new epoch in the data set's order, as a range.
    Epoch epoch();

    /// A copy of where it stands, for restore().
    EpochState state() const { return state_; }
    /// Continues from there. @throws ValueError  not an order of these images, or no position where a batch
    /// begins.
    void restore(EpochState state);

private:
    bool epoch_is_over() const noexcept;
    void start_epoch();
    void start_epoch(Rng& rng);
    const Batch<T>& take();
    std::span<const std::size_t> next_rows() const;

    Dataset data_;
    std::size_t batch_size_;
    LastBatch last_batch_;
    EpochState state_;
    Batch<T> batch_;
    Prefetcher<T> prefetcher_;  // of next_rows(), which it reads
};

/// The batches of one epoch, in a single pass.
template <class T>
class Batches<T>::Epoch {
public:
    /// A single-pass iterator.
    class Iterator {
    public:
        /// The batch, valid until the next one is asked for.
        const Batch<T>& operator*() const { return batches_->batch_; }
        /// The next batch.
        Iterator& operator++() {
            if (batches_->epoch_is_over())
                batches_ = nullptr;
            else
                batches_->take();
            return *this;
        }
        /// Whether the epoch is over.
        bool operator==(std::default_sentinel_t) const { return !batches_; }

    private:
        friend class Epoch;
        explicit Iterator(Batches* batches) : batches_(batches) { ++*this; }
        Batches* batches_;
    };

    /// The first batch; to be called once.
    Iterator begin() { return Iterator(batches_); }
    /// The end of the epoch.
    std::default_sentinel_t end() const { return {}; }

private:
    friend class Batches;
    explicit Epoch(Batches* batches) : batches_(batches) {}
    Batches* batches_;
};

}  // namespace xgrad
