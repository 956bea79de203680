#pragma once

#include <filesystem>
#include <string>

#include <xgrad/data/dataset.hpp>

namespace cifar_bn {

/// Reads the data set in the folder `given`, or, where that is empty, in $CIFAR10_DIR, or else in data/ of the project.
/// @throws xgrad::DataError  the folder holds no data set; without any folder the message says how to get one.
xgrad::TrainTest open_data(const std::string& given);

}  // namespace cifar_bn
