#include <xgrad/data/cifar_records.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <sstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/io/byte_reader.hpp>

namespace fs = std::filesystem;

namespace xgrad::detail {
namespace {

bool has_a_file(const CifarFormat& format, const fs::path& folder) {
    const auto exists = [&](const std::string& name) {
        std::error_code unreadable;
        return fs::exists(folder / name, unreadable);
    };
    return exists(format.test_file) ||
           std::any_of(format.train_files.begin(), format.train_files.end(), exists);
}

void check_length(const CifarFormat& format, const fs::path& file, std::size_t records) {
    const std::size_t each = format.record_bytes();
    const ByteReader reader(format.op, file, Gzip::no);
    const std::uint64_t found = reader.most_bytes();
    if (found / each == records && found % each == 0) return;
    const std::uint64_t expected = std::uint64_t{records} * each;
    reader.fail(std::min(found, expected),
                fmt::format("{} bytes ({} records of {})", expected, records, each),
                fmt::format("{} bytes", found));
}

void append_records(const CifarFormat& format, const fs::path& file, std::size_t records,
                    std::vector<std::uint8_t>& images, std::vector<std::uint8_t>& labels) {
    const std::size_t each = format.record_bytes();
    ByteReader reader(format.op, file, Gzip::no);
    constexpr std::size_t at_once = 64;
    std::vector<std::uint8_t> chunk(at_once * each);
    for (std::size_t first = 0; first < records; first += at_once) {
        const std::size_t count = std::min(at_once, records - first);
        reader.read_all(std::span(chunk).first(count * each), "a whole record");
        for (std::size_t i = 0; i < count; ++i) {
            const auto record = std::span(chunk).subspan(i * each, each);
            for (std::size_t j = 0; j < format.labels.size(); ++j)
                if (const auto& [name, classes] = format.labels[j]; record[j] >= classes)
                    reader.fail((first + i) * each + j,
                                fmt::format("a {} from 0 to {} (record {})", name, classes - 1, first + i),
                                fmt::to_string(record[j]));
            labels.push_back(record[format.label]);
            const auto pixels = record.last(cifar_pixels);
            images.insert(images.end(), pixels.begin(), pixels.end());
        }
    }
    reader.expect_end();
}

std::vector<std::string> read_classes(const CifarFormat& format, const fs::path& file) {
    std::error_code unreadable;
    if (!fs::exists(file, unreadable)) return format.classes;
    ByteReader reader(format.op, file, Gzip::no);
    std::string text(4096, '\0');
    text.resize(reader.read(std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size())));
    reader.expect_end();

    std::vector<std::string> names;
    std::istringstream lines(text);
    for (std::string name; std::getline(lines, name);) {
        if (!name.empty() && name.back() == '\r') name.pop_back();
        if (!name.empty()) names.push_back(name);
    }
    if (names.size() != format.classes.size())
        reader.fail(0, fmt::format("{} lines, each the name of a class", format.classes.size()),
                    fmt::format("{}", names.size()));
    return names;
}

}  // namespace

bool holds_cifar(const CifarFormat& format, const fs::path& folder) {
    return has_a_file(format, folder) || has_a_file(format, folder / format.subfolder);
}

std::vector<fs::path> cifar_files(const CifarFormat& format, const fs::path& folder) {
    const fs::path place = has_a_file(format, folder) ? folder : folder / format.subfolder;
    std::vector<fs::path> files;
    files.reserve(format.train_files.size() + 1);
    for (const std::string& name : format.train_files) files.push_back(place / name);
    files.push_back(place / format.test_file);
    return files;
}

Dataset read_cifar_files(const CifarFormat& format, const std::vector<fs::path>& files, std::size_t records,
                         std::vector<std::string> classes) {
    if (classes.size() != format.classes.size())
        fail<DataError>(format.op, fmt::format("expected the names of {} classes, got {}",
                                               format.classes.size(), classes.size()));
    for (const fs::path& file : files) check_length(format, file, records);
    std::vector<std::uint8_t> images, labels;
    images.reserve(files.size() * records * cifar_pixels);
    labels.reserve(files.size() * records);
    for (const fs::path& file : files) append_records(format, file, records, images, labels);
    return Dataset(format.name, std::move(classes), {3, 32, 32}, std::move(images), std::move(labels));
}

TrainTest read_cifar(const CifarFormat& format, const fs::path& folder) {
    if (!holds_cifar(format, folder))
        fail<DataError>(format.op, fmt::format("{}: expected {}, here or in {}/, found neither",
                                               folder.string(), format.train_files[0], format.subfolder));
    std::vector<fs::path> train = cifar_files(format, folder);
    const fs::path test = train.back();
    train.pop_back();
    const std::vector<std::string> classes = read_classes(format, test.parent_path() / format.classes_file);
    return {read_cifar_files(format, train, format.train_records, classes),
            read_cifar_files(format, {test}, format.test_records, classes)};
}

}  // namespace xgrad::detail
