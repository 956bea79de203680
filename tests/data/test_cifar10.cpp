#include <xgrad/data/cifar10.hpp>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::Bytes;
using test::TempDir;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t record_bytes = 3073;

// One record per label; byte j of image i is (7 i + j) mod 251.
Bytes records(const Bytes& labels) {
    Bytes bytes;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        bytes.push_back(labels[i]);
        for (std::size_t j = 0; j < record_bytes - 1; ++j)
            bytes.push_back(static_cast<std::uint8_t>((7 * i + j) % 251));
    }
    return bytes;
}

// Six files of the right length, as sparse as the file system allows: all labels and pixels are 0.
void write_zeros(const TempDir& dir, const std::string& folder) {
    for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                             "data_batch_5.bin", "test_batch.bin"})
        fs::resize_file(dir.write(folder + name, ""), cifar10_records * record_bytes);
}

}  // namespace

TEST_CASE("read_cifar10_files: takes labels and images apart, across files and chunks") {
    const TempDir dir;
    Bytes labels(100);  // more than is read at once
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
    const Bytes reversed(labels.rbegin(), labels.rend());
    const Dataset data =
        read_cifar10_files({dir.write("a", records(labels)), dir.write("b", records(reversed))}, 100);

    CHECK(data.name() == "CIFAR-10");
    CHECK(data.image_shape() == ImageShape{3, 32, 32});
    REQUIRE(data.size() == 200);
    CHECK(std::equal(labels.begin(), labels.end(), data.labels().begin()));
    CHECK(std::equal(reversed.begin(), reversed.end(), data.labels().begin() + 100));
    for (const std::size_t i : std::initializer_list<std::size_t>{0, 1, 63, 64, 99, 100, 163, 199})
        for (std::size_t j = 0; j < 3072; ++j)
            REQUIRE(data.images()[i * 3072 + j] == (7 * (i % 100) + j) % 251);
}

TEST_CASE("read_cifar10_files: rejects a missing, empty, short or over-long file") {
    const TempDir dir;
    const std::string good = dir.write("good.bin", records({1, 2}));
    const auto read = [&](const std::string& file) { return read_cifar10_files({good, file}, 2); };
    const std::string expected = ": expected 6146 bytes (2 records of 3073), found ";

    const std::string missing = dir.file("missing.bin");
    CHECK_THROWS_WITH_AS(
        read(missing),
        ("read_cifar10: " + missing + ": expected a readable file: No such file or directory").c_str(),
        DataError);
    CHECK_THROWS_WITH_AS(
        read(dir.path().string()),
        ("read_cifar10: " + dir.path().string() + ": expected a readable file: Is a directory").c_str(),
        DataError);
    const std::string empty = dir.write("empty.bin", "");
    CHECK_THROWS_WITH_AS(read(empty),
                         ("read_cifar10: " + empty + ": offset 0" + expected + "0 bytes").c_str(), DataError);
    const std::string cut = dir.write("cut.bin", Bytes(6145));
    CHECK_THROWS_WITH_AS(
        read(cut), ("read_cifar10: " + cut + ": offset 6145" + expected + "6145 bytes").c_str(), DataError);
    const std::string fewer = dir.write("fewer.bin", records({1}));
    CHECK_THROWS_WITH_AS(read(fewer),
                         ("read_cifar10: " + fewer + ": offset 3073" + expected + "3073 bytes").c_str(),
                         DataError);
    const std::string longer = dir.write("long.bin", Bytes(6147));
    CHECK_THROWS_WITH_AS(read(longer),
                         ("read_cifar10: " + longer + ": offset 6146" + expected + "6147 bytes").c_str(),
                         DataError);
    const std::string more = dir.write("more.bin", records({1, 2, 3}));
    CHECK_THROWS_WITH_AS(
        read(more), ("read_cifar10: " + more + ": offset 6146" + expected + "9219 bytes").c_str(), DataError);
}

TEST_CASE("read_cifar10_files: rejects a label above 9, and names its record and offset") {
    const TempDir dir;
    Bytes labels(100, 9);
    labels[70] = 10;
    const std::string file = dir.write("labels.bin", records(labels));
    CHECK_THROWS_WITH_AS(
        read_cifar10_files({file}, 100),
        ("read_cifar10: " + file + ": offset 215110: expected a label from 0 to 9 (record 70), found 10")
            .c_str(),
        DataError);
}

TEST_CASE("read_cifar10_files: a file that begins like one of gzip's is read as it is") {
    const TempDir dir;
    Bytes bytes = records({0x1f});
    bytes[1] = 0x8b;
    const std::string file = dir.write("a.bin", bytes);
    CHECK_THROWS_WITH_AS(
        read_cifar10_files({file}, 1),
        ("read_cifar10: " + file + ": offset 0: expected a label from 0 to 9 (record 0), found 31").c_str(),
        DataError);
}

TEST_CASE("read_cifar10_files: rejects a list of names that is not ten") {
    CHECK_THROWS_WITH_AS(read_cifar10_files({}, 1, {"cat", "dog"}),
                         "read_cifar10: expected the names of 10 classes, got 2", DataError);
}

TEST_CASE("read_cifar10: 50,000 and 10,000 images, from the folder itself and from the one above") {
    const TempDir dir;
    write_zeros(dir, "cifar-10-batches-bin/");
    for (const fs::path& folder : {dir.path(), dir.path() / "cifar-10-batches-bin"}) {
        CAPTURE(folder);
        CHECK(holds_cifar10(folder));
        const TrainTest data = read_cifar10(folder);
        CHECK(data.train.size() == 50'000);
        CHECK(data.train.images().size() == 50'000 * 3072);
        CHECK(data.test.size() == 10'000);
        CHECK(data.train.classes() == cifar10_classes());
        CHECK(data.test.classes()[9] == "truck");
    }
}

TEST_CASE("read_cifar10: takes the classes' names from batches.meta.txt, whatever its line ends") {
    const TempDir dir;
    write_zeros(dir, "");
    dir.write("batches.meta.txt", "a\nb\r\nc\nd\ne\nf\ng\nh\ni\nlast of all\n\n");
    CHECK(read_cifar10(dir.path()).test.classes() ==
          std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "h", "i", "last of all"});
}

TEST_CASE("read_cifar10: rejects names that are not ten") {
    const TempDir dir;
    write_zeros(dir, "");
    const std::string file = dir.write("batches.meta.txt", "airplane\nautomobile\n");
    CHECK_THROWS_WITH_AS(
        read_cifar10(dir.path()),
        ("read_cifar10: " + file + ": offset 0: expected 10 lines, each the name of a class, found 2")
            .c_str(),
        DataError);
    dir.write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\n" + std::string(5000, 'j'));
    CHECK_THROWS_WITH_AS(
        read_cifar10(dir.path()),
        ("read_cifar10: " + file + ": offset 4096: expected the end of the file, found more bytes").c_str(),
        DataError);
}

TEST_CASE("read_cifar10: names the one file that is missing") {
    const TempDir dir;
    write_zeros(dir, "");
    const std::string file = dir.file("data_batch_4.bin");
    fs::remove(file);
    CHECK_THROWS_WITH_AS(
        read_cifar10(dir.path()),
        ("read_cifar10: " + file + ": expected a readable file: No such file or directory").c_str(),
        DataError);
}

TEST_CASE("read_cifar10: says what it looked for in a folder without any of its files") {
    const TempDir dir;
    CHECK_FALSE(holds_cifar10(dir.path()));
    CHECK_THROWS_WITH_AS(
        read_cifar10(dir.path()),
        fmt::format(
            "read_cifar10: {}: expected data_batch_1.bin, here or in cifar-10-batches-bin/, found neither",
            dir.path().string())
            .c_str(),
        DataError);
}
