#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "shared/data/split.hpp"

#include <xgrad/train/training_loop.hpp>

namespace apps {

/// The data of a training, in its receipt.
struct DataReceipt {
    std::string name;
    std::vector<std::string> classes;
    std::array<std::size_t, 3> image_shape;     ///< channels, height, width
    std::size_t train, validation, test;        ///< images
    std::map<std::string, std::string> sha256;  ///< of each file
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DataReceipt, name, classes, image_shape, train, validation, test, sha256)

/// What a training's result depends on, as its config.json has it: the program, the machine's kernels, the
/// data and the options.
struct Receipt {
    std::string program, version;
    DataReceipt data;
    std::string binary_sha256, compiler, flags, isa, blas;
    nlohmann::json options;  ///< the program's own
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Receipt, program, version, data, binary_sha256, compiler, flags, isa, blas,
                                   options)

/// The name of Receipt::options in JSON.
inline constexpr const char* options_key = "options";
/// The option that may change only the last bits.
inline constexpr const char* threads_key = "threads";

/// The receipt of this program on this machine. @param checksums  of the data's files, by name.
Receipt make_receipt(const std::string& program, const Split& data,
                     const std::map<std::string, std::string>& checksums, nlohmann::json options = {});

/// Compares receipts as JSON, entry by entry, for TrainingLoop: by another build, processor or number of
/// threads only the last bits may differ.
xgrad::ReceiptDifferences receipt_differences(const std::string& written, const std::string& now);

/// The processor's name, as Linux knows it.
std::string processor_name();

}  // namespace apps
