#include <xgrad/data/image_loader.hpp>

#include <algorithm>
#include <utility>

namespace xgrad {

template <class T>
ImageLoader<T>::ImageLoader(Dataset data, std::vector<Transform<T>> transforms, double mixup)
    : data_(std::move(data)) {
    const auto [channels, height, width] = data_.image_shape();
    const Shape shape{channels, height, width};
    if (transforms.size() == 1 && transforms[0].affine() && mixup == 0) {
        transforms[0].check(shape);
        normalized_.emplace(data_, *transforms[0].affine());
        return;
    }
    const auto bytes = [images = data_.images(), size = shape[0] * shape[1] * shape[2]](std::size_t row) {
        return images.data() + row * size;
    };
    samples_.emplace(shape, typename SampleLoader<T>::Source{bytes, {}}, std::move(transforms), mixup);
}

template <class T>
void ImageLoader<T>::start(const BatchPlan& plan) {
    if (samples_)
        samples_->start(plan);
    else
        normalized_->start(plan.rows);
}

template <class T>
Batch<T> ImageLoader<T>::finish(const BatchPlan& plan) {
    Batch batch;
    batch.x = Tensor<T>(samples_ ? samples_->finish() : normalized_->finish());
    Array<std::int32_t> labels(Shape{plan.rows.size()});
    std::transform(plan.rows.begin(), plan.rows.end(), labels.data(),
                   [&](std::size_t row) { return data_.labels()[row]; });
    batch.labels = Indices(std::move(labels));
    const std::vector<Mix> mixes = samples_ ? samples_->mixes(plan) : std::vector<Mix>();
    if (mixes.empty()) return batch;
    const std::size_t classes = data_.classes().size();
    Array<T> soft(Shape{mixes.size(), classes}, T{0});
    for (std::size_t i = 0; i < mixes.size(); ++i) {
        const auto [other, weight] = mixes[i];
        const auto entry = [&](std::int32_t label) -> T& { return soft(i, static_cast<std::size_t>(label)); };
        entry(batch.labels[i]) += static_cast<T>(weight);
        entry(batch.labels[other]) += static_cast<T>(1 - weight);
    }
    batch.soft_labels = Tensor<T>(std::move(soft));
    return batch;
}

template <class T>
void ImageLoader<T>::cancel() {
    if (samples_)
        samples_->cancel();
    else
        normalized_->cancel();
}

template class ImageLoader<float>;
template class ImageLoader<double>;

}  // namespace xgrad
