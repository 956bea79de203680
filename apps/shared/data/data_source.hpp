#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <xgrad/data/dataset.hpp>

namespace apps {

/// The folder `given`, or, where that is empty, $CIFAR10_DIR, or else downloads/ of the project.
/// @throws xgrad::DataError  there is none of them; the message says how to get one.
std::filesystem::path data_folder(const std::string& given);

/// Reads the data set in data_folder(given). @throws xgrad::DataError  it holds none.
xgrad::TrainTest open_data(const std::string& given);

/// A data set, and the SHA-256 of each of its files by name.
struct CheckedData {
    xgrad::TrainTest data;
    std::map<std::string, std::string> checksums;
};

/// As open_data(); while one thread reads the files, another computes their checksums.
CheckedData open_checked_data(const std::string& given);

}  // namespace apps
