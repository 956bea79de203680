#pragma once

#include <filesystem>
#include <vector>

#include <xgrad/data/dataset.hpp>

namespace xgrad {

/// Reads the data set in a folder: CIFAR-10 (see read_cifar10()), Fashion-MNIST, another data set in the
/// layout of MNIST (see read_idx()), or CIFAR-100 with its fine labels (see read_cifar100()); the first of
/// them that it has a file of. Fashion-MNIST has the same file names as the others and is recognised by
/// its training labels; any other data set is named after its folder.
/// @throws DataError  no data set is found (the message lists the files that were looked for), or as the
/// functions above.
TrainTest open_dataset(const std::filesystem::path& folder);

/// The files from which open_dataset() reads images and labels. @throws DataError  as open_dataset().
std::vector<std::filesystem::path> dataset_files(const std::filesystem::path& folder);

}  // namespace xgrad
