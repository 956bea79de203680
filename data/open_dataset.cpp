#include <xgrad/data/open_dataset.hpp>

#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/data/cifar10.hpp>
#include <xgrad/data/idx.hpp>

namespace fs = std::filesystem;

namespace xgrad {

namespace {

enum class Kind { cifar10, idx };

Kind kind_of(const fs::path& folder) {
    constexpr std::string_view op = "open_dataset";
    std::error_code unreadable;
    if (!fs::is_directory(folder, unreadable))
        fail<DataError>(op, fmt::format("{}: there is no such folder", folder.string()));
    if (holds_cifar10(folder)) return Kind::cifar10;
    if (holds_idx(folder)) return Kind::idx;
    fail<DataError>(
        op,
        fmt::format(
            "{}: found neither CIFAR-10 (data_batch_1.bin, here or in cifar-10-batches-bin/) nor Fashion-MNIST or the like (train-images-idx3-ubyte, with or without .gz)",
            folder.string()));
}

}  // namespace

TrainTest open_dataset(const fs::path& folder) {
    if (kind_of(folder) == Kind::cifar10) return read_cifar10(folder);
    if (holds_fashion_mnist(folder)) return read_fashion_mnist(folder);
    const std::string name = fs::weakly_canonical(folder).filename().string();
    return read_idx(folder, name, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

std::vector<fs::path> dataset_files(const fs::path& folder) {
    return kind_of(folder) == Kind::cifar10 ? cifar10_files(folder) : idx_files(folder);
}

}  // namespace xgrad
