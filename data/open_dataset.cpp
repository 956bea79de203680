#include <xgrad/data/open_dataset.hpp>

#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/data/cifar10.hpp>
#include <xgrad/data/cifar100.hpp>
#include <xgrad/data/idx.hpp>

namespace fs = std::filesystem;

namespace xgrad {

namespace {

enum class Kind { cifar10, cifar100, idx };

Kind kind_of(const fs::path& folder) {
    constexpr std::string_view op = "open_dataset";
    std::error_code unreadable;
    if (!fs::is_directory(folder, unreadable))
        fail<DataError>(op, fmt::format("{}: there is no such folder", folder.string()));
    if (holds_cifar10(folder)) return Kind::cifar10;
    if (holds_idx(folder)) return Kind::idx;
    if (holds_cifar100(folder)) return Kind::cifar100;
    fail<DataError>(
        op,
        fmt::format(
            "{}: found neither CIFAR-10 (data_batch_1.bin, here or in cifar-10-batches-bin/) nor CIFAR-100 (train.bin, here or in cifar-100-binary/) nor Fashion-MNIST or the like (train-images-idx3-ubyte, with or without .gz)",
            folder.string()));
}

}  // namespace

TrainTest open_dataset(const fs::path& folder) {
    const Kind kind = kind_of(folder);
    if (kind == Kind::cifar10) return read_cifar10(folder);
    if (kind == Kind::cifar100) return read_cifar100(folder);
    if (holds_fashion_mnist(folder)) return read_fashion_mnist(folder);
    const std::string name = fs::weakly_canonical(folder).filename().string();
    return read_idx(folder, name, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

std::vector<fs::path> dataset_files(const fs::path& folder) {
    switch (kind_of(folder)) {
        case Kind::cifar10: return cifar10_files(folder);
        case Kind::cifar100: return cifar100_files(folder);
        case Kind::idx: break;
    }
    return idx_files(folder);
}

}  // namespace xgrad
