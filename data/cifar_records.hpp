#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <xgrad/data/dataset.hpp>

namespace xgrad::detail {

/// The bytes of an image of 3 x 32 x 32 pixels.
inline constexpr std::size_t cifar_pixels = 3 * 32 * 32;

/// One of the bytes before the pixels of a record.
struct CifarLabel {
    std::string_view name;  ///< For messages.
    std::size_t classes;    ///< All labels are below.
};

/// A data set whose files are records of one or more label bytes and the pixels of an image.
struct CifarFormat {
    std::string_view op;             ///< For messages.
    std::string name;                ///< That of the data set.
    std::vector<CifarLabel> labels;  ///< Those of a record, in their order.
    std::size_t label;               ///< The one that is the label of the image, as its place in `labels`.

    std::string subfolder;                 ///< Where files may be, in the folder that is given.
    std::vector<std::string> train_files;  ///< The names of the files.
    std::string test_file;                 ///< That of the test images.
    std::size_t train_records;             ///< The number of images in each of `train_files`.
    std::size_t test_records;              ///< The number of images in `test_file`.
    std::string classes_file;              ///< May list the names of the classes, a line each.
    std::vector<std::string> classes;      ///< Their names, if there is no such file.

    /// The length of a record.
    std::size_t record_bytes() const { return labels.size() + cifar_pixels; }
};

/// Whether the folder or its subfolder has any of the files.
bool holds_cifar(const CifarFormat& format, const std::filesystem::path& folder);

/// The files with images, the test images last, whether or not they exist.
std::vector<std::filesystem::path> cifar_files(const CifarFormat& format,
                                               const std::filesystem::path& folder);

/// Reads all files of a folder. @throws DataError  as read_cifar10().
TrainTest read_cifar(const CifarFormat& format, const std::filesystem::path& folder);

/// Reads files of `records` records each. @throws DataError  as read_cifar10_files().
Dataset read_cifar_files(const CifarFormat& format, const std::vector<std::filesystem::path>& files,
                         std::size_t records, std::vector<std::string> classes);

}  // namespace xgrad::detail
