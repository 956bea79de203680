#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <xgrad/data/dataset.hpp>

namespace xgrad {

/// The data set's name.
inline constexpr const char* cifar10_name = "CIFAR-10";

/// The number of images in each file of the published data set.
inline constexpr std::size_t cifar10_records = 10'000;

/// The number of bytes of one record: a label and the pixels of an image.
inline constexpr std::size_t cifar10_record_bytes = 1 + 3 * 32 * 32;

/// The names of the ten classes, as in batches.meta.txt: airplane, automobile, bird ... truck.
std::vector<std::string> cifar10_classes();

/// Whether a folder, or its subfolder cifar-10-batches-bin, contains any of the six files.
bool holds_cifar10(const std::filesystem::path& folder);

/// The files from which read_cifar10() reads images, whether or not they exist.
std::vector<std::filesystem::path> cifar10_files(const std::filesystem::path& folder);

/// Reads CIFAR-10 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html, "binary version"): 50,000
/// training and 10,000 test images, 3 x 32 x 32.
/// @param folder  contains data_batch_1.bin ... data_batch_5.bin, test_batch.bin and optionally
/// batches.meta.txt with the names of the classes (default: `cifar10_classes`); or has a subfolder
/// cifar-10-batches-bin with these files.
/// @throws DataError  a file is missing or is not 30,730,000 bytes long, a label is above 9, or
/// batches.meta.txt does not have ten names.
TrainTest read_cifar10(const std::filesystem::path& folder);

/// Reads files in the CIFAR-10 format, in the given order. Each contains `records` records of one label byte
/// and 3,072 bytes of pixels.
/// @param classes  the names of the ten classes.
/// @throws DataError  a file is missing or is not `records` records long, or a label is above 9. All lengths
/// are checked before anything is read.
Dataset read_cifar10_files(const std::vector<std::filesystem::path>& files, std::size_t records,
                           std::vector<std::string> classes = cifar10_classes());

}  // namespace xgrad
