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

/// A batch of images with their labels.
template <class T = float>
struct Batch {
    Tensor<T> x;    ///< (batch, features), normalized.
    Indices labels;  ///< (batch), class indices.
};

/// What happens at the end of an epoch to the images that do not fill a batch: `keep` makes them a smaller
/// batch, `drop` skips them.
enum class LastBatch { keep, drop };

/// The position of a `Batches` in its epoch.
struct EpochState {
    std::vector<std::size_t> order;  ///< The order of the images, as indices; empty before the first epoch.
    std::size_t position = 0;  ///< The number of images returned so far.
};

/// Splits a data set into batches and normalizes each batch when it is needed.
///
///     for (const auto& batch : batches.epoch(rng)) …      // every image once, in random order
///     for (const auto& batch : batches.epoch()) …         // in the data set's order
///     const auto& batch = batches.next(rng);              // one after the other, for ever
///
/// The returned batch belongs to the `Batches` and is valid until the next one is requested; a copy of
/// it remains valid. While the caller uses a batch, idle threads prepare the next one.
template <class T = float>
class Batches {
public:
    /// @throws ValueError  there are no images, the batch size is 0, or it exceeds the number of images and
    /// `last_batch` is `LastBatch::drop`.
    /// @throws ShapeError  the normalizer has another number of features.
    Batches(Dataset data, const Normalizer& normalizer, std::size_t batch_size,
            LastBatch last_batch = LastBatch::keep);

    Batches(const Batches&) = delete;  // a thread may be writing the next batch
    Batches& operator=(const Batches&) = delete;

    /// The data set.
    const Dataset& dataset() const noexcept { return data_; }
    /// The number of batches in an epoch.
    std::size_t per_epoch() const noexcept;

    /// The next batch. At the first call and at the end of each epoch, the images are shuffled. The order
    /// depends only on the state of `rng`, not on the previous epoch.
    const Batch<T>& next(Rng& rng);
    /// The next batch, in the data set's order; after the last one it starts over.
    const Batch<T>& next();

    class Epoch;
    /// Starts a new epoch in random order and returns it as a range.
    Epoch epoch(Rng& rng);
    /// Starts a new epoch in the data set's order and returns it as a range.
    Epoch epoch();

    /// The current position, for restore().
    EpochState state() const { return state_; }
    /// Continues from a saved position.
    /// @throws ValueError  `order` is not a permutation of the images, or `position` is not the start of a
    /// batch.
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
    Prefetcher<T> prefetcher_;  // prepares the batch of next_rows(), and reads state_.order
};

/// The batches of one epoch, as a single-pass range.
template <class T>
class Batches<T>::Epoch {
public:
    /// A single-pass iterator.
    class Iterator {
    public:
        /// The batch, valid until the next one is requested.
        const Batch<T>& operator*() const { return batches_->batch_; }
        /// Advances to the next batch.
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

    /// An iterator to the first batch. Call it once.
    Iterator begin() { return Iterator(batches_); }
    /// The end of the epoch.
    std::default_sentinel_t end() const { return {}; }

private:
    friend class Batches;
    explicit Epoch(Batches* batches) : batches_(batches) {}
    Batches* batches_;
};

}  // namespace xgrad
