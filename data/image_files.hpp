#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <xgrad/data/dataset.hpp>
#include <xgrad/io/random_access_file.hpp>

namespace xgrad {

/// What files of images hold: records of label bytes and the pixels of an image, channel by channel, row by
/// row.
struct ImageRecords {
    std::string name;                  ///< The common name of the images.
    std::vector<std::string> classes;  ///< The name of each class; label i is class i.
    ImageShape shape;                  ///< The extents of each image.
    std::size_t labels = 1;            ///< How many label bytes a record begins with.
    std::size_t label = 0;             ///< Which of them is the label of the image.

    /// The length of a record in bytes.
    std::size_t bytes() const noexcept { return labels + shape.size(); }
};

/// The records of CIFAR-10's files, see read_cifar10().
ImageRecords cifar10_image_records();

/// Labelled images that stay in their files and are read when a batch needs them: a data set of any size.
/// Copies share the open files.
///
///     const ImageFiles train(cifar10_image_records(), {"data_batch_1.bin", "data_batch_2.bin"});
///     Batches batches(train, 100, {.transforms = {Normalize(Normalizer(train))}, .window = 10'000});
class ImageFiles {
public:
    /// @throws DataError  an extent is not in 1 ... 65535, the number of classes is not in 1 ... 256; there
    /// is no file; or one cannot be opened, or is no positive number of records long.
    /// @throws ValueError  there is no label byte of that number.
    ImageFiles(ImageRecords records, const std::vector<std::filesystem::path>& files);

    /// The number of images.
    std::size_t size() const noexcept { return storage_->starts.back(); }
    /// The name of the data set.
    const std::string& name() const noexcept { return storage_->records.name; }
    /// The names of the classes, by label.
    const std::vector<std::string>& classes() const noexcept { return storage_->records.classes; }
    /// The extents of each image.
    ImageShape image_shape() const noexcept { return storage_->records.shape; }
    /// The number of values of one image.
    std::size_t features() const noexcept { return image_shape().size(); }

    /// Reads an image, which stays valid until the same thread reads another one. Safe on several threads at
    /// once.
    /// @throws DataError  the file cannot be read or has become shorter, or a label is no class.
    LabelledImage image(std::size_t row) const;
    /// Tells the system which images are read soon.
    void will_read(std::size_t first, std::size_t count) const noexcept;

private:
    struct Storage {
        ImageRecords records;
        std::vector<RandomAccessFile> files;
        std::vector<std::size_t> starts;  // the first image of each file, and the number of images
    };

    std::shared_ptr<const Storage> storage_;
};

}  // namespace xgrad
