#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "cifar_bn/training/training.hpp"

namespace cifar_bn {

/// What a training's result depends on, as its config.json has it: the program, the machine's kernels, the
/// data and the options.
nlohmann::json receipt(const TrainConfig& config, const Split& data,
                       const std::map<std::string, std::string>& checksums);

/// The processor's name, as Linux knows it.
std::string processor_name();

}  // namespace cifar_bn
