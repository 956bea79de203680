#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <xgrad/data/dataset.hpp>

namespace xgrad {

/// The two labels of each image of CIFAR-100.
enum class Cifar100Labels {
    fine,   ///< 100 classes, such as "beaver".
    coarse  ///< 20 classes of five fine ones each, such as "aquatic_mammals".
};

/// The data set's name, with fine labels.
inline constexpr const char* cifar100_name = "CIFAR-100";
/// The data set's name, with coarse labels.
inline constexpr const char* cifar100_coarse_name = "CIFAR-100 (coarse)";

/// The number of images in train.bin of the published data set.
inline constexpr std::size_t cifar100_train_records = 50'000;
/// The number of images in test.bin of the published data set.
inline constexpr std::size_t cifar100_test_records = 10'000;
/// The number of bytes of one record: a coarse label, a fine label and the pixels of an image.
inline constexpr std::size_t cifar100_record_bytes = 2 + 3 * 32 * 32;

/// The names of the classes, as in fine_label_names.txt and coarse_label_names.txt.
std::vector<std::string> cifar100_classes(Cifar100Labels labels = Cifar100Labels::fine);

/// Whether a folder, or its subfolder cifar-100-binary, contains train.bin or test.bin.
bool holds_cifar100(const std::filesystem::path& folder);

/// The files from which read_cifar100() reads images, whether or not they exist.
std::vector<std::filesystem::path> cifar100_files(const std::filesystem::path& folder);

/// Reads CIFAR-100 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html, "binary version"): 50,000
/// training and 10,000 test images, 3 x 32 x 32.
/// @param folder  contains train.bin, test.bin and optionally fine_label_names.txt and coarse_label_names.txt
/// with the names of the classes (default: `cifar100_classes`); or has a subfolder cifar-100-binary with
/// these files.
/// @throws DataError  a file is missing or has another length than 3,074 bytes per image, a coarse label is
/// above 19 or a fine one above 99, or the file with the names does not have one for each class.
TrainTest read_cifar100(const std::filesystem::path& folder, Cifar100Labels labels = Cifar100Labels::fine);

/// Reads files in the CIFAR-100 format, in the given order. Each contains `records` records of a coarse and a
/// fine label and 3,072 bytes of pixels.
/// @throws DataError  a file is missing or is not `records` records long, a coarse label is above 19, or a
/// fine one above 99. All lengths are checked before anything is read.
Dataset read_cifar100_files(const std::vector<std::filesystem::path>& files, std::size_t records,
                            Cifar100Labels labels = Cifar100Labels::fine);
/// The same with other names of the 100 or 20 classes. @throws DataError  also for another number of names.
Dataset read_cifar100_files(const std::vector<std::filesystem::path>& files, std::size_t records,
                            Cifar100Labels labels, std::vector<std::string> classes);

}  // namespace xgrad
