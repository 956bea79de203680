#include <xgrad/data/cifar10.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/io/byte_reader.hpp>

namespace fs = std::filesystem;

namespace xgrad {
namespace {

constexpr std::string_view op = "read_cifar10";
constexpr ImageShape shape{3, 32, 32};
constexpr std::size_t class_count = 10;
constexpr const char* subfolder = "cifar-10-batches-bin";
constexpr std::array train_files{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                 "data_batch_4.bin", "data_batch_5.bin"};
constexpr const char* test_file = "test_batch.bin";
constexpr const char* classes_file = "batches.meta.txt";

bool has_a_file(const fs::path& folder) {
    const auto exists = [&](const char* name) {
        std::error_code unreadable;
        return fs::exists(folder / name, unreadable);
    };
    return exists(test_file) || std::any_of(train_files.begin(), train_files.end(), exists);
}

void check_length(const fs::path& file, std::size_t records) {
    const ByteReader reader(op, file, Gzip::no);
    const std::uint64_t found = reader.most_bytes();
    if (found / cifar10_record_bytes == records && found % cifar10_record_bytes == 0) return;
    const std::uint64_t expected = std::uint64_t{records} * cifar10_record_bytes;
    reader.fail(std::min(found, expected),
                fmt::format("{} bytes ({} records of {})", expected, records, cifar10_record_bytes),
                fmt::format("{} bytes", found));
}

void append_records(const fs::path& file, std::size_t records, std::vector<std::uint8_t>& images,
                    std::vector<std::uint8_t>& labels) {
    ByteReader reader(op, file, Gzip::no);
    constexpr std::size_t at_once = 64;
    std::vector<std::uint8_t> chunk(at_once * cifar10_record_bytes);
    for (std::size_t first = 0; first < records; first += at_once) {
        const std::size_t count = std::min(at_once, records - first);
        reader.read_all(std::span(chunk).first(count * cifar10_record_bytes), "a whole record");
        for (std::size_t i = 0; i < count; ++i) {
            const auto record = chunk.begin() + static_cast<std::ptrdiff_t>(i * cifar10_record_bytes);
            if (*record >= class_count)
                reader.fail((first + i) * cifar10_record_bytes,
                            fmt::format("a label from 0 to 9 (record {})", first + i),
                            fmt::to_string(*record));
            labels.push_back(*record);
            images.insert(images.end(), record + 1, record + cifar10_record_bytes);
        }
    }
    reader.expect_end();
}

std::vector<std::string> read_classes(const fs::path& file) {
    std::error_code unreadable;
    if (!fs::exists(file, unreadable)) return cifar10_classes();
    ByteReader reader(op, file, Gzip::no);
    std::string text(4096, '\0');
    text.resize(reader.read(std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size())));
    reader.expect_end();

    std::vector<std::string> names;
    std::istringstream lines(text);
    for (std::string name; std::getline(lines, name);) {
        if (!name.empty() && name.back() == '\r') name.pop_back();
        if (!name.empty()) names.push_back(name);
    }
    if (names.size() != class_count)
        reader.fail(0, "10 lines, each the name of a class", fmt::format("{}", names.size()));
    return names;
}

}  // namespace

std::vector<std::string> cifar10_classes() {
    return {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
}

bool holds_cifar10(const fs::path& folder) { return has_a_file(folder) || has_a_file(folder / subfolder); }

Dataset read_cifar10_files(const std::vector<fs::path>& files, std::size_t records,
                           std::vector<std::string> classes) {
    if (classes.size() != class_count)
        fail<DataError>(op, fmt::format("expected the names of 10 classes, got {}", classes.size()));
    for (const fs::path& file : files) check_length(file, records);
    std::vector<std::uint8_t> images, labels;
    images.reserve(files.size() * records * shape.size());
    labels.reserve(files.size() * records);
    for (const fs::path& file : files) append_records(file, records, images, labels);
    return Dataset(cifar10_name, std::move(classes), shape, std::move(images), std::move(labels));
}

std::vector<fs::path> cifar10_files(const fs::path& folder) {
    const fs::path place = has_a_file(folder) ? folder : folder / subfolder;
    std::vector<fs::path> files;
    files.reserve(train_files.size() + 1);
    for (const char* name : train_files) files.push_back(place / name);
    files.push_back(place / test_file);
    return files;
}

TrainTest read_cifar10(const fs::path& folder) {
    if (!holds_cifar10(folder))
        fail<DataError>(op, fmt::format("{}: expected {}, here or in {}/, found neither", folder.string(),
                                        train_files[0], subfolder));
    std::vector<fs::path> train = cifar10_files(folder);
    const fs::path test = train.back();
    train.pop_back();
    const std::vector<std::string> classes = read_classes(test.parent_path() / classes_file);
    return {read_cifar10_files(train, cifar10_records, classes),
            read_cifar10_files({test}, cifar10_records, classes)};
}

}  // namespace xgrad
