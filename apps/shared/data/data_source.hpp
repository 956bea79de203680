#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>

namespace apps {

/// A data set split for training, validation and testing.
struct Split {
    xgrad::Dataset train, validation, test;
    xgrad::Normalizer normalizer;  ///< of the training images
};

/// Uses the last `validation` training images for validation, and the first `images` of the others for
/// training (0: all of them). The normalizer is that of these.
/// @throws xgrad::ValueError  fewer than two, or fewer than `images`, are left for training.
Split split(const xgrad::TrainTest& data, std::size_t validation, std::size_t images = 0,
            xgrad::NormalizeBy by = xgrad::NormalizeBy::feature);

/// The folder `given`; if that is empty, $CIFAR10_DIR; if that is not set, downloads/ of the project.
/// @throws xgrad::DataError  none of them exists; the message says how to get a data set.
std::filesystem::path data_folder(const std::string& given);

/// Reads the data set in data_folder(given). @throws xgrad::DataError  the folder has no data set.
xgrad::TrainTest open_data(const std::string& given);

/// A data set with the SHA-256 of each of its files, by file name.
struct CheckedData {
    xgrad::TrainTest data;
    std::map<std::string, std::string> checksums;
};

/// As open_data(). The checksums are computed on a second thread while the files are read.
CheckedData open_checked_data(const std::string& given);

}  // namespace apps
