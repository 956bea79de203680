#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad {

/// The extents of one image. Pixels are stored channel by channel, row by row.
struct ImageShape {
    std::size_t channels;  ///< Usually 1 or 3.
    std::size_t height;    ///< In pixels.
    std::size_t width;     ///< In pixels.

    /// The number of values of one image.
    std::size_t size() const noexcept { return channels * height * width; }
    /// Whether all extents are equal.
    bool operator==(const ImageShape&) const = default;
};

/// One image with its label.
struct LabelledImage {
    const std::uint8_t* pixels;  ///< As many as the shape says.
    std::uint8_t label;          ///< Its class.
};

namespace detail {

/// The checks of a data set of images: what Dataset's constructor says of classes and extents.
void check_images(std::string_view op, const std::string& name, std::size_t classes, ImageShape shape);

}  // namespace detail

/// Labelled images, read-only and stored as bytes. Copies and slices share the storage.
class Dataset {
public:
    /// @param name     the common name, such as "CIFAR-10"; results carry it.
    /// @param classes  the name of each class; label i is class i.
    /// @param images   labels.size() images of shape.size() bytes each.
    /// @throws DataError  the sizes disagree, an extent is not in 1 ... 65535, the number of classes is not
    /// in 1 ... 256, or a label is not below the number of classes.
    Dataset(std::string name, std::vector<std::string> classes, ImageShape shape,
            std::vector<std::uint8_t> images, std::vector<std::uint8_t> labels);

    /// The name of the data set.
    const std::string& name() const noexcept { return storage_->name; }
    /// The names of the classes, by label.
    const std::vector<std::string>& classes() const noexcept { return storage_->classes; }
    /// The extents of each image.
    ImageShape image_shape() const noexcept { return storage_->shape; }
    /// The number of values of one image.
    std::size_t features() const noexcept { return storage_->shape.size(); }
    /// The number of images.
    std::size_t size() const noexcept { return size_; }

    /// All images, as a (size, features) matrix of bytes.
    std::span<const std::uint8_t> images() const noexcept;
    /// All labels, one per image.
    std::span<const std::uint8_t> labels() const noexcept;

    /// The image with this number; row < size().
    LabelledImage image(std::size_t row) const noexcept {
        return {images().data() + row * features(), labels()[row]};
    }

    /// The `count` images starting at `first`, as a data set that shares their storage.
    /// @throws ValueError  first + count > size.
    Dataset slice(std::size_t first, std::size_t count) const;

    /// The images with these numbers, in this order, as a data set of its own: images are copied. See
    /// data/split.hpp.
    /// @throws ValueError  a number is not below size; the message names its position.
    Dataset select(std::span<const std::size_t> rows) const;

private:
    struct Storage {
        std::string name;
        std::vector<std::string> classes;
        ImageShape shape;
        std::vector<std::uint8_t> images, labels;
    };

    std::shared_ptr<const Storage> storage_;
    std::size_t first_ = 0;
    std::size_t size_;
};

/// A data set's published split into training and test images.
struct TrainTest {
    Dataset train;  ///< For fitting.
    Dataset test;  ///< For evaluation.
};

}  // namespace xgrad
