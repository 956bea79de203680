#include <xgrad/data/batches.hpp>

#include <algorithm>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>

namespace xgrad {
namespace {

constexpr std::string_view op = "Batches";

}  // namespace

template <class T>
Batches<T>::Batches(Dataset data, const Normalizer& normalizer, std::size_t batch_size, LastBatch last_batch)
    : data_(std::move(data)),
      batch_size_(batch_size),
      last_batch_(last_batch),
      prefetcher_(data_, normalizer.affine<T>()) {
    if (data_.size() == 0)
        fail<ValueError>(op, fmt::format("there is no image in this part of {}", data_.name()));
    if (batch_size == 0) fail<ValueError>(op, "the batch size must be positive, got 0");
    if (per_epoch() == 0)
        fail<ValueError>(op,
                         fmt::format("{} images are less than one batch of {}, and the last batch is dropped",
                                     data_.size(), batch_size));
    if (normalizer.features() != data_.features())
        fail<ShapeError>(op, fmt::format("the images of {} have {} values, the normalizer {}", data_.name(),
                                         data_.features(), normalizer.features()));
}

template <class T>
std::size_t Batches<T>::per_epoch() const noexcept {
    const bool partial = last_batch_ == LastBatch::keep && data_.size() % batch_size_ != 0;
    return data_.size() / batch_size_ + (partial ? 1 : 0);
}

template <class T>
bool Batches<T>::epoch_is_over() const noexcept {
    const std::size_t left = state_.order.size() - state_.position;
    return left == 0 || (left < batch_size_ && last_batch_ == LastBatch::drop);
}

template <class T>
void Batches<T>::start_epoch() {
    prefetcher_.cancel();
    state_.order.resize(data_.size());
    std::iota(state_.order.begin(), state_.order.end(), std::size_t{0});
    state_.position = 0;
}

template <class T>
void Batches<T>::start_epoch(Rng& rng) {
    start_epoch();
    rng.shuffle(std::span(state_.order));
}

template <class T>
std::span<const std::size_t> Batches<T>::next_rows() const {
    const auto left = std::span(state_.order).subspan(state_.position);
    return left.first(std::min(batch_size_, left.size()));
}

template <class T>
const Batch<T>& Batches<T>::take() {
    const auto rows = next_rows();
    if (!prefetcher_.started()) {
        batch_.x = Tensor<T>();  // releases its memory, which is in the cache, for start() to reuse
        prefetcher_.start(rows);
    }
    batch_.x = Tensor<T>(prefetcher_.finish());
    Array<std::int32_t> labels(Shape{rows.size()});
    std::transform(rows.begin(), rows.end(), labels.data(),
                   [&](std::size_t row) { return data_.labels()[row]; });
    batch_.labels = Indices(std::move(labels));
    state_.position += rows.size();
    if (!epoch_is_over() && has_idle_threads()) prefetcher_.start(next_rows());
    return batch_;
}

template <class T>
const Batch<T>& Batches<T>::next(Rng& rng) {
    if (epoch_is_over()) start_epoch(rng);
    return take();
}

template <class T>
const Batch<T>& Batches<T>::next() {
    if (epoch_is_over()) start_epoch();
    return take();
}

template <class T>
typename Batches<T>::Epoch Batches<T>::epoch(Rng& rng) {
    start_epoch(rng);
    return Epoch(this);
}

template <class T>
typename Batches<T>::Epoch Batches<T>::epoch() {
    start_epoch();
    return Epoch(this);
}

template <class T>
void Batches<T>::restore(EpochState state) {
    const std::size_t size = data_.size();
    if (!state.order.empty() || state.position != 0) {  // not before the first epoch
        std::vector<bool> seen(size);
        if (state.order.size() != size)
            fail<ValueError>(
                op, fmt::format("expected an order of {} images, got one of {}", size, state.order.size()));
        for (const std::size_t row : state.order) {
            if (row >= size || seen[row])
                fail<ValueError>(op, fmt::format("expected every image once in the order, got {} {}", row,
                                                 row < size ? "twice" : fmt::format("of {}", size)));
            seen[row] = true;
        }
        if (state.position > size || (state.position % batch_size_ != 0 && state.position != size))
            fail<ValueError>(op, fmt::format("position {} in {} images is not the beginning of a batch of {}",
                                             state.position, size, batch_size_));
    }
    prefetcher_.cancel();
    state_ = std::move(state);
}

template class Batches<float>;
template class Batches<double>;

}  // namespace xgrad
