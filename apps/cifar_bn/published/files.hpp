#pragma once

#include <map>
#include <string>
#include <string_view>

namespace cifar_bn {

/// The texts of the CSV files in apps/cifar_bn/published, by their paths in it. CMake writes the definition.
const std::map<std::string, std::string_view>& published_files();

}  // namespace cifar_bn
