#include <xgrad/data/image_loader.hpp>

#include <algorithm>
#include <atomic>
#include <type_traits>
#include <utility>

namespace xgrad {

template <class T, class D>
ImageLoader<T, D>::ImageLoader(D data, std::vector<Transform<T>> transforms, double mixup)
    : data_(std::move(data)) {
    const auto [channels, height, width] = data_.image_shape();
    const Shape shape{channels, height, width};
    if constexpr (std::is_same_v<D, Dataset>)
        if (transforms.size() == 1 && transforms[0].affine() && mixup == 0) {
            transforms[0].check(shape);
            normalized_.emplace(data_, *transforms[0].affine());
            return;
        }
    const auto read = [this](std::size_t i, std::size_t row) {
        const LabelledImage image = data_.image(row);
        std::atomic_ref(labels_[i]).store(image.label, std::memory_order_relaxed);  // mixup may read it twice
        return image.pixels;
    };
    samples_.emplace(shape, typename SampleLoader<T>::Source{read, {}}, std::move(transforms), mixup);
}

template <class T, class D>
void ImageLoader<T, D>::start(const BatchPlan& plan) {
    cancel();
    labels_.resize(plan.rows.size());
    if (samples_)
        samples_->start(plan);
    else if constexpr (std::is_same_v<D, Dataset>) {
        for (std::size_t i = plan.part.first; i < plan.part.last; ++i)
            labels_[i] = data_.labels()[plan.rows[i]];
        normalized_->start(plan.own_rows());
    }
}

template <class T, class D>
Batch<T> ImageLoader<T, D>::finish(const BatchPlan& plan) {
    Batch batch;
    batch.x = Tensor<T>(samples_ ? samples_->finish() : normalized_->finish());
    Array<std::int32_t> labels(Shape{plan.part.size()});
    for (std::size_t i = 0; i < labels.size(); ++i) labels.data()[i] = labels_[plan.part.first + i];
    batch.labels = Indices(std::move(labels));
    const std::vector<Mix> mixes = samples_ ? samples_->mixes(plan) : std::vector<Mix>();
    if (mixes.empty()) return batch;
    const std::size_t classes = data_.classes().size();
    Array<T> soft(Shape{mixes.size(), classes}, T{0});
    for (std::size_t i = 0; i < mixes.size(); ++i) {
        const auto [other, weight] = mixes[i];
        const auto entry = [&](std::size_t row) -> T& { return soft(i, labels_[row]); };
        entry(plan.part.first + i) += static_cast<T>(weight);
        entry(other) += static_cast<T>(1 - weight);
    }
    batch.soft_labels = Tensor<T>(std::move(soft));
    return batch;
}

template <class T, class D>
void ImageLoader<T, D>::cancel() {
    if (samples_)
        samples_->cancel();
    else
        normalized_->cancel();
}

template <class T, class D>
void ImageLoader<T, D>::announce(std::size_t first, std::size_t count) const noexcept {
    if constexpr (std::is_same_v<D, ImageFiles>) data_.will_read(first, count);
}

template class ImageLoader<float, Dataset>;
template class ImageLoader<double, Dataset>;
template class ImageLoader<float, ImageFiles>;
template class ImageLoader<double, ImageFiles>;

}  // namespace xgrad
