#include <xgrad/data/cifar10.hpp>

#include <utility>

#include <xgrad/data/cifar_records.hpp>

namespace fs = std::filesystem;

namespace xgrad {
namespace {

const detail::CifarFormat& format() {
    static const detail::CifarFormat format{
        .op = "read_cifar10",
        .name = cifar10_name,
        .labels = {{"label", 10}},
        .label = 0,
        .subfolder = "cifar-10-batches-bin",
        .train_files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                        "data_batch_5.bin"},
        .test_file = "test_batch.bin",
        .train_records = cifar10_records,
        .test_records = cifar10_records,
        .classes_file = "batches.meta.txt",
        .classes = cifar10_classes()};
    return format;
}

}  // namespace

std::vector<std::string> cifar10_classes() {
    return {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
}

bool holds_cifar10(const fs::path& folder) { return detail::holds_cifar(format(), folder); }

std::vector<fs::path> cifar10_files(const fs::path& folder) { return detail::cifar_files(format(), folder); }

TrainTest read_cifar10(const fs::path& folder) { return detail::read_cifar(format(), folder); }

Dataset read_cifar10_files(const std::vector<fs::path>& files, std::size_t records,
                           std::vector<std::string> classes) {
    return detail::read_cifar_files(format(), files, records, std::move(classes));
}

}  // namespace xgrad
