#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <xgrad/data/dataset.hpp>

namespace apps {

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
