#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "shared/data/data_source.hpp"

#include <xgrad/train/training_loop.hpp>

namespace apps {

/// The data of a training, as part of its receipt.
struct DataReceipt {
    std::string name;
    std::vector<std::string> classes;
    std::array<std::size_t, 3> image_shape;     ///< channels, height, width
    std::size_t train, validation, test;        ///< images
    std::map<std::string, std::string> sha256;  ///< of each file
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DataReceipt, name, classes, image_shape, train, validation, test, sha256)

/// Everything that a training's result depends on, as stored in its config.json: the program, the machine's
/// kernels, the data and the options.
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
/// The option that may affect only the last bits of the result.
inline constexpr const char* threads_key = "threads";

/// The option in whose presence that one does not affect the result.
inline constexpr const char* shards_key = "shards";

/// The receipt of this program on this machine. @param checksums  of the data's files, by file name.
Receipt make_receipt(const std::string& program, const Split& data,
                     const std::map<std::string, std::string>& checksums, nlohmann::json options = {});

/// Compares receipts as JSON, entry by entry, for TrainingLoop. Another build, processor or number of threads
/// may affect only the last bits.
xgrad::ReceiptDifferences receipt_differences(const std::string& written, const std::string& now);

/// A line about the build of the program and the kernels that it has used, of a receipt as JSON.
std::string build_of(const nlohmann::json& receipt);

/// The processor's name, as reported by Linux.
std::string processor_name();

}  // namespace apps
