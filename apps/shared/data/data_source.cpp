#include "shared/data/data_source.hpp"

#include <cstdlib>
#include <future>

#include <fmt/format.h>

#include "shared/files/checksum.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/data/open_dataset.hpp>

namespace apps {

std::filesystem::path data_folder(const std::string& given) {
    if (!given.empty()) return given;
    if (const char* folder = std::getenv("CIFAR10_DIR"); folder && *folder) return folder;
    std::filesystem::path project =
        std::filesystem::path(XGRAD_SOURCE_DIR) / "downloads" / "cifar-10-batches-bin";
    if (std::filesystem::is_directory(project)) return project;
    xgrad::fail<xgrad::DataError>(
        "data",
        fmt::format(
            "no data set: give a folder with --data or in $CIFAR10_DIR, or run scripts/get-cifar10, which fills {}",
            project.string()));
}

xgrad::TrainTest open_data(const std::string& given) { return xgrad::open_dataset(data_folder(given)); }

CheckedData open_checked_data(const std::string& given) {
    const std::filesystem::path folder = data_folder(given);
    auto checksums = std::async(std::launch::async, [files = xgrad::dataset_files(folder)] {
        std::map<std::string, std::string> by_name;
        for (const std::filesystem::path& file : files) by_name[file.filename().string()] = sha256(file);
        return by_name;
    });
    xgrad::TrainTest data = xgrad::open_dataset(folder);
    return {std::move(data), checksums.get()};
}

Split split(const xgrad::TrainTest& data, std::size_t validation, std::size_t images, xgrad::NormalizeBy by) {
    const std::size_t all = data.train.size();
    if (validation + 1 >= all)
        xgrad::fail<xgrad::ValueError>(
            "--validation",
            fmt::format("{} of the {} training images leave fewer than 2 to train on", validation, all));
    const std::size_t left = all - validation;
    if (images == 1 || images > left)
        xgrad::fail<xgrad::ValueError>("--images",
                                       fmt::format("expected 2 to {}, or 0 for all, got {}", left, images));
    const xgrad::Dataset train = data.train.slice(0, images == 0 ? left : images);
    return {train, data.train.slice(left, validation), data.test, xgrad::Normalizer(train, by)};
}

}  // namespace apps
