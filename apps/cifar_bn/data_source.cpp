#include "data_source.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/data/open_dataset.hpp>

namespace cifar_bn {

xgrad::TrainTest open_data(const std::string& given) {
    if (!given.empty()) return xgrad::open_dataset(given);
    if (const char* folder = std::getenv("CIFAR10_DIR"); folder && *folder) return xgrad::open_dataset(folder);
    const std::filesystem::path project = std::filesystem::path(XGRAD_SOURCE_DIR) / "data" / "cifar-10-batches-bin";
    if (std::filesystem::is_directory(project)) return xgrad::open_dataset(project);
    xgrad::fail<xgrad::DataError>(
        "data", fmt::format("no data set: give a folder with --data or in $CIFAR10_DIR, or run scripts/get-cifar10, which fills {}",
                            project.string()));
}

}  // namespace cifar_bn
