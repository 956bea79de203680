#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>
#include <xgrad/data/dataset.hpp>
#include <xgrad/data/image_files.hpp>
#include <xgrad/data/prefetcher.hpp>
#include <xgrad/data/sample_loader.hpp>

namespace xgrad {

/// A batch of images with their labels.
template <class T = float>
struct Batch {
    Tensor<T> x;            ///< (batch, features), transformed.
    Indices labels;         ///< (batch), class indices.
    Tensor<T> soft_labels = {};  ///< (batch, classes), rows that sum to 1; undefined if no images are mixed.
};

/// Makes the batches of images, for `Batches`. `D` is a `Dataset` or `ImageFiles`.
template <class T, class D = Dataset>
class ImageLoader {
public:
    using value_type = T;  ///< Of the images' values.
    using Data = D;  ///< What it loads.
    using Batch = xgrad::Batch<T>;  ///< What it makes.

    /// @throws ShapeError, ValueError  as for `SampleLoader`.
    ImageLoader(D data, std::vector<Transform<T>> transforms, double mixup);

    /// The data set.
    const D& data() const noexcept { return data_; }
    /// Whether anything is drawn at random.
    bool random() const noexcept { return samples_ && samples_->random(); }

    /// Starts to make a batch, as SampleLoader::start().
    void start(const BatchPlan& plan);
    /// Completes the batch that was started, and returns it.
    Batch finish(const BatchPlan& plan);
    /// Drops the batch that was started.
    void cancel();
    /// Some samples that will be in batches soon.
    void announce(std::size_t first, std::size_t count) const noexcept;

private:
    D data_;
    std::vector<std::uint8_t> labels_;  // of the batch that was started
    // One of the two: the former if images in memory are only normalized.
    std::optional<Prefetcher<T>> normalized_;
    std::optional<SampleLoader<T>> samples_;
};

}  // namespace xgrad
