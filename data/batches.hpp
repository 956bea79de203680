#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <xgrad/core/parallel.hpp>
#include <xgrad/core/rng.hpp>
#include <xgrad/data/epoch_order.hpp>
#include <xgrad/data/image_loader.hpp>
#include <xgrad/data/normalizer.hpp>
#include <xgrad/data/tensor_dataset.hpp>
#include <xgrad/data/tensor_files.hpp>
#include <xgrad/data/tensor_loader.hpp>
#include <xgrad/data/transforms.hpp>

namespace xgrad {

/// How a `Batches` makes its batches.
template <class T = float>
struct BatchOptions {
    std::vector<Transform<T>> transforms = {};      ///< Applied to each sample, in this order.
    double mixup =
        0;  ///< Each sample is mixed with another one of its batch, and so are their targets (Zhang et
            ///< al. 2018, arXiv:1710.09412): alpha of the weight's distribution Beta(alpha, alpha); 0: not.
    LastBatch last_batch = LastBatch::keep;  ///< What happens to the samples that do not fill a batch.
    /// About how many samples are shuffled among each other, see `EpochOrder`; 0: all. For samples that are
    /// in files.
    std::size_t window = 0;
};

/// Which rows of a batch are made, as a function of their number.
using BatchPart = std::function<RowRange(std::size_t rows)>;

/// Splits a data set into batches, and transforms each batch when it is needed.
///
///     Batches batches(train, normalizer, 100);             // images, normalized
///     for (const auto& batch : batches.epoch(rng)) …       // every sample once, in random order
///     for (const auto& batch : batches.epoch()) …          // in the data set's order
///     const auto& batch = batches.next(rng);               // one after the other, for ever
///
///     Batches augmented(train, 100, {.transforms = {RandomCrop(4), RandomHorizontalFlip(),
///     Normalize(normalizer)}});
///
/// The batches of a `Dataset` or of `ImageFiles` are `Batch`es; those of a `TensorDataset` or of
/// `TensorFiles` are tuples of its fields. The returned batch belongs to the `Batches` and is valid until the
/// next one is requested; a copy of it remains valid. While the caller uses a batch, idle threads prepare the
/// next one.
///
/// All that is random is drawn from the generator that begins an epoch: a training that is resumed there or
/// within the epoch sees the same batches, bit by bit, with any number of threads.
template <class Loader = ImageLoader<float>>
class Batches final : public EpochOrder {
public:
    using value_type = typename Loader::value_type;  ///< Of what transforms change.
    using Batch = typename Loader::Batch;  ///< A `Batch` or a tuple.

    /// @throws ValueError  there are no samples, the batch size is 0, it exceeds the number of samples and
    /// `last_batch` is `LastBatch::drop`, or as for the options.
    /// @throws ShapeError  a transform is not for samples of that shape.
    Batches(typename Loader::Data data, std::size_t batch_size, BatchOptions<value_type> options = {})
        : Batches(std::make_unique<Loader>(std::move(data), std::move(options.transforms), options.mixup),
                  batch_size, options.last_batch, options.window) {}
    /// Normalized, and not changed otherwise.
    /// @throws ShapeError  the normalizer has another number of features.
    Batches(typename Loader::Data data, const Normalizer& normalizer, std::size_t batch_size,
            LastBatch last_batch = LastBatch::keep)
        : Batches(std::move(data), batch_size,
                  {.transforms = {Normalize(normalizer)}, .last_batch = last_batch}) {}

    /// The data set.
    const typename Loader::Data& dataset() const noexcept { return loader_->data(); }

    /// The next batch. At the first call and at the end of each epoch, the samples are shuffled. The order
    /// depends only on the state of `rng`, not on the previous epoch.
    const Batch& next(Rng& rng) {
        if (epoch_is_over()) start(rng);
        return take();
    }
    /// The next batch, in the data set's order; after the last one it starts over. Random transforms do the
    /// same in every epoch.
    const Batch& next() {
        if (epoch_is_over()) start();
        return take();
    }

    /// From now on, makes only a part of each batch: one of several processes that share its rows. What is
    /// random does not change. Without a function, makes all rows. The next batch is a ValueError if the
    /// function returns rows that the batch does not have.
    void take_part(BatchPart part) {
        drop_prepared();
        part_ = std::move(part);
    }
    /// The number of rows of the batch that was returned last, of which it may have a part.
    std::size_t last_size() const noexcept { return last_size_; }

    class Epoch;
    /// Starts a new epoch in random order and returns it as a range.
    Epoch epoch(Rng& rng) {
        start(rng);
        return Epoch(this);
    }
    /// Starts a new epoch in the data set's order and returns it as a range.
    Epoch epoch() {
        start();
        return Epoch(this);
    }

private:
    Batches(std::unique_ptr<Loader> loader, std::size_t batch_size, LastBatch last_batch, std::size_t window)
        : EpochOrder(loader->data().size(), batch_size, last_batch, loader->random(), window),
          loader_(std::move(loader)) {}

    BatchPlan plan() const {
        BatchPlan plan{next_rows(), state().position, state().seed};
        if (part_) plan.part = part_(plan.rows.size());
        if (plan.part.first > plan.part.last || plan.part.last > plan.rows.size())
            detail::fail_part(plan.part, plan.rows.size());
        return plan;
    }
    const Batch& take() {
        if (!prepared_) {
            batch_ = Batch();  // releases its memory, which is in the cache, for the loader to use again
            loader_->start(plan());
        }
        prepared_ = false;  // also if the following fails
        batch_ = loader_->finish(plan());
        last_size_ = next_rows().size();
        advance();
        if (!epoch_is_over() && has_idle_threads()) {
            loader_->start(plan());
            prepared_ = true;
        }
        return batch_;
    }
    void announce(std::size_t first, std::size_t count) override { loader_->announce(first, count); }
    void drop_prepared() override {
        loader_->cancel();
        prepared_ = false;
    }

    Batch batch_;
    std::size_t last_size_ = 0;
    BatchPart part_;
    bool prepared_ = false;  // whether the loader has started the batch of plan()
    std::unique_ptr<Loader> loader_;  // on other threads, reads what plan() refers to
};

/// @cond  deduction guides
Batches(Dataset, std::size_t, BatchOptions<float> = {}) -> Batches<ImageLoader<float>>;
Batches(Dataset, const Normalizer&, std::size_t, LastBatch = LastBatch::keep) -> Batches<ImageLoader<float>>;
Batches(ImageFiles, std::size_t, BatchOptions<float> = {}) -> Batches<ImageLoader<float, ImageFiles>>;
Batches(ImageFiles, const Normalizer&, std::size_t, LastBatch = LastBatch::keep)
    -> Batches<ImageLoader<float, ImageFiles>>;
template <class D>
    requires requires { typename D::Batch; }
Batches(D, std::size_t, BatchOptions<typename detail::TransformedValue<D>::type> = {})
    -> Batches<TensorLoader<D>>;
template <class D>
    requires requires { typename D::Batch; }
Batches(D, const Normalizer&, std::size_t, LastBatch = LastBatch::keep) -> Batches<TensorLoader<D>>;
/// @endcond

/// The batches of images.
template <class T = float>
using ImageBatches = Batches<ImageLoader<T>>;

/// The batches of one epoch, as a single-pass range.
template <class Loader>
class Batches<Loader>::Epoch {
public:
    /// A single-pass iterator.
    class Iterator {
    public:
        /// The batch, valid until the next one is requested.
        const Batch& operator*() const { return batches_->batch_; }
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
