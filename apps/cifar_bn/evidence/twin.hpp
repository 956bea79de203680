#pragma once

#include <filesystem>
#include <optional>

#include <xgrad/page/document.hpp>

namespace cifar_bn {

/// Where PyTorch has trained the same net from the same weights with the same batches (scripts/twin): how
/// long the losses agree, and the accuracies in the end. Absent if the folder has no such results.
/// @throws xgrad::DataError  the files are not those of scripts/twin.
std::optional<xgrad::page::Section> twin_section(const std::filesystem::path& folder);

}  // namespace cifar_bn
