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

/// The bytes of one record: a label and the pixels of an image.
inline constexpr std::size_t cifar10_record_bytes = 1 + 3 * 32 * 32;

/// The ten classes as batches.meta.txt names them: airplane, automobile, bird ... truck.
std::vector<std::string> cifar10_classes();

/// Whether a folder (or its subfolder cifar-10-batches-bin) has any of the six files.
bool holds_cifar10(const std::filesystem::path& folder);

/// The files that read_cifar10() takes images from, there or not.
std::vector<std::filesystem::path> cifar10_files(const std::filesystem::path& folder);

/// Reads CIFAR-10 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html, "binary version"): 50,000
/// and 10,000 images, 3 x 32 x 32.
/// @param folder  has data_batch_1.bin ... data_batch_5.bin, test_batch.bin and, for the names of the
/// classes, batches.meta.txt (where
///                there is none: the ten of `cifar10_classes`); or has such a folder as cifar-10-batches-bin.
/// @throws DataError  a file is missing or not 30,730,000 bytes long, a label is above 9, or there are not
/// ten names.
TrainTest read_cifar10(const std::filesystem::path& folder);

/// Reads files in the format of CIFAR-10, in that order: each a number of records of one label byte and 3,072
/// bytes of pixels.
/// @param classes  the names of the ten classes.
/// @throws DataError  a file is missing or not `records` records long, or a label is above 9; nothing is read
/// before all lengths are right.
Dataset read_cifar10_files(const std::vector<std::filesystem::path>& files, std::size_t records,
                           std::vector<std::string> classes = cifar10_classes());

}  // namespace xgrad
