#pragma once

#include <filesystem>
#include <vector>

#include <xgrad/data/dataset.hpp>

namespace xgrad {

/// Reads the data set that a folder holds: CIFAR-10 (see read_cifar10()), or Fashion-MNIST or another in the
/// layout of MNIST (see read_idx()). The latter share their file names; Fashion-MNIST is known by its
/// training labels, another is named after its folder.
/// @throws DataError  neither is there (the message says which files were looked for), or as these functions.
TrainTest open_dataset(const std::filesystem::path& folder);

/// The files that open_dataset() reads images and labels from. @throws DataError  as there.
std::vector<std::filesystem::path> dataset_files(const std::filesystem::path& folder);

}  // namespace xgrad
