#include <xgrad/data/dataset.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace xgrad {

void detail::check_images(std::string_view op, const std::string& name, std::size_t classes,
                          ImageShape shape) {
    constexpr std::size_t most_classes = 256;  // a label is a byte
    if (classes == 0 || classes > most_classes)
        fail<DataError>(op, fmt::format("{}: expected 1 to {} classes, got {}", name, most_classes, classes));
    constexpr std::size_t most = 65535;  // the product of the extents cannot overflow
    for (const std::size_t extent : {shape.channels, shape.height, shape.width})
        if (extent == 0 || extent > most)
            fail<DataError>(op, fmt::format("{}: expected extents of an image from 1 to {}, got {} x {} x {}",
                                            name, most, shape.channels, shape.height, shape.width));
}

Dataset::Dataset(std::string name, std::vector<std::string> classes, ImageShape shape,
                 std::vector<std::uint8_t> images, std::vector<std::uint8_t> labels)
    : size_(labels.size()) {
    constexpr std::string_view op = "Dataset";
    detail::check_images(op, name, classes.size(), shape);
    if (images.size() % shape.size() != 0 || images.size() / shape.size() != labels.size())
        fail<DataError>(op, fmt::format("{}: expected {} images (one per label) of {} bytes, got {} bytes",
                                        name, labels.size(), shape.size(), images.size()));

    const auto wrong = std::find_if(labels.begin(), labels.end(),
                                    [&](std::uint8_t label) { return label >= classes.size(); });
    if (wrong != labels.end())
        fail<DataError>(op, fmt::format("{}: label {} of image {} is not below {}, the number of classes",
                                        name, *wrong, wrong - labels.begin(), classes.size()));

    storage_ = std::make_shared<const Storage>(
        Storage{std::move(name), std::move(classes), shape, std::move(images), std::move(labels)});
}

std::span<const std::uint8_t> Dataset::images() const noexcept {
    return std::span(storage_->images).subspan(first_ * features(), size_ * features());
}

std::span<const std::uint8_t> Dataset::labels() const noexcept {
    return std::span(storage_->labels).subspan(first_, size_);
}

Dataset Dataset::slice(std::size_t first, std::size_t count) const {
    if (first > size_ || count > size_ - first)
        fail<ValueError>("Dataset::slice", fmt::format("{} images from {} on are outside the {} of {}", count,
                                                       first, size_, name()));
    Dataset part = *this;
    part.first_ += first;
    part.size_ = count;
    return part;
}

Dataset Dataset::select(std::span<const std::size_t> rows) const {
    std::vector<std::uint8_t> images, labels;
    images.reserve(rows.size() * features());
    labels.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i] >= size_)
            fail<ValueError>("Dataset::select", fmt::format("rows[{}] is {}, outside the {} images of {}", i,
                                                            rows[i], size_, name()));
        const auto image = this->images().subspan(rows[i] * features(), features());
        images.insert(images.end(), image.begin(), image.end());
        labels.push_back(this->labels()[rows[i]]);
    }
    return Dataset(name(), classes(), image_shape(), std::move(images), std::move(labels));
}

}  // namespace xgrad
