#include "data_source.hpp"

#include <cstdlib>
#include <vector>

#include <fmt/format.h>

#include "checksum.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>
#include <xgrad/data/open_dataset.hpp>

namespace cifar_bn {

std::filesystem::path data_folder(const std::string& given) {
    if (!given.empty()) return given;
    if (const char* folder = std::getenv("CIFAR10_DIR"); folder && *folder) return folder;
    const std::filesystem::path project = std::filesystem::path(XGRAD_SOURCE_DIR) / "data" / "cifar-10-batches-bin";
    if (std::filesystem::is_directory(project)) return project;
    xgrad::fail<xgrad::DataError>(
        "data", fmt::format("no data set: give a folder with --data or in $CIFAR10_DIR, or run scripts/get-cifar10, which fills {}",
                            project.string()));
}

xgrad::TrainTest open_data(const std::string& given) { return xgrad::open_dataset(data_folder(given)); }

std::map<std::string, std::string> data_checksums(const std::string& given) {
    const std::vector<std::filesystem::path> files = xgrad::dataset_files(data_folder(given));
    std::vector<std::string> sums(files.size());
    xgrad::parallel_for(files.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) sums[i] = sha256(files[i]);
    });
    std::map<std::string, std::string> by_name;
    for (std::size_t i = 0; i < files.size(); ++i) by_name[files[i].filename().string()] = sums[i];
    return by_name;
}

}  // namespace cifar_bn
