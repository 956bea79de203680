#include <xgrad/data/cifar100.hpp>

#include <algorithm>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/data/open_dataset.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::Bytes;
using test::TempDir;
namespace fs = std::filesystem;

namespace {

// One record per pair of labels; byte j of image i is (7 i + j) mod 251.
Bytes records(const Bytes& coarse, const Bytes& fine) {
    Bytes bytes;
    for (std::size_t i = 0; i < coarse.size(); ++i) {
        bytes.insert(bytes.end(), {coarse[i], fine[i]});
        for (std::size_t j = 0; j < 3072; ++j) bytes.push_back(static_cast<std::uint8_t>((7 * i + j) % 251));
    }
    return bytes;
}

// Both files in their full length, as sparse as the file system allows.
void write_zeros(const TempDir& dir, const std::string& folder) {
    fs::resize_file(dir.write(folder + "train.bin", ""), cifar100_train_records * cifar100_record_bytes);
    fs::resize_file(dir.write(folder + "test.bin", ""), cifar100_test_records * cifar100_record_bytes);
}

}  // namespace

TEST_CASE("read_cifar100_files: fine or coarse labels, and the images") {
    const TempDir dir;
    Bytes coarse(100), fine(100);  // more than is read at once
    for (std::size_t i = 0; i < 100; ++i) {
        coarse[i] = static_cast<std::uint8_t>(i % 20);
        fine[i] = static_cast<std::uint8_t>(99 - i);
    }
    const std::string file = dir.write("a", records(coarse, fine));
    const Dataset by_fine = read_cifar100_files({file}, 100);
    const Dataset by_coarse = read_cifar100_files({file, file}, 100, Cifar100Labels::coarse);
    CHECK(by_fine.name() == "CIFAR-100");
    CHECK(by_fine.classes() == cifar100_classes());
    CHECK(std::equal(fine.begin(), fine.end(), by_fine.labels().begin()));
    CHECK(by_coarse.name() == "CIFAR-100 (coarse)");
    CHECK(by_coarse.classes() == cifar100_classes(Cifar100Labels::coarse));
    REQUIRE(by_coarse.size() == 200);
    CHECK(std::equal(coarse.begin(), coarse.end(), by_coarse.labels().begin() + 100));
    for (const Dataset& data : {by_fine, by_coarse.slice(100, 100)}) {
        CHECK(data.image_shape() == ImageShape{3, 32, 32});
        REQUIRE(data.size() == 100);
        for (const std::size_t i : {0U, 63U, 64U, 99U})
            for (std::size_t j = 0; j < 3072; ++j) REQUIRE(data.images()[i * 3072 + j] == (7 * i + j) % 251);
    }
}

TEST_CASE("cifar100_classes: all of them, in alphabetical order") {
    for (const auto& [labels, count] :
         {std::pair{Cifar100Labels::fine, 100U}, {Cifar100Labels::coarse, 20U}}) {
        const std::vector<std::string> classes = cifar100_classes(labels);
        CHECK(classes.size() == count);
        CHECK(std::is_sorted(classes.begin(), classes.end()));
        CHECK(std::adjacent_find(classes.begin(), classes.end()) == classes.end());
    }
    CHECK(cifar100_classes()[4] == "beaver");
    CHECK(cifar100_classes(Cifar100Labels::coarse)[19] == "vehicles_2");
}

TEST_CASE("read_cifar100_files: rejects a file of another length, and labels that are too large") {
    const TempDir dir;
    const auto check = [&](const Bytes& bytes, const std::string& message) {
        const std::string file = dir.write("a.bin", bytes);
        for (const Cifar100Labels labels : {Cifar100Labels::fine, Cifar100Labels::coarse})
            CHECK_THROWS_WITH_AS(read_cifar100_files({file}, 2, labels),
                                 ("read_cifar100: " + file + ": " + message).c_str(), DataError);
    };
    CHECK_NOTHROW(read_cifar100_files({dir.write("a.bin", records({0, 19}, {99, 0}))}, 2));
    check(Bytes(6147), "offset 6147: expected 6148 bytes (2 records of 3074), found 6147 bytes");
    check(Bytes(6146),
          "offset 6146: expected 6148 bytes (2 records of 3074), found 6146 bytes");  // of CIFAR-10
    check(Bytes(6149), "offset 6148: expected 6148 bytes (2 records of 3074), found 6149 bytes");
    check(records({0, 20}, {99, 0}),
          "offset 3074: expected a coarse label from 0 to 19 (record 1), found 20");
    check(records({0, 19}, {99, 100}),
          "offset 3075: expected a fine label from 0 to 99 (record 1), found 100");
    const std::string missing = dir.file("missing.bin");
    CHECK_THROWS_WITH_AS(
        read_cifar100_files({missing}, 1),
        ("read_cifar100: " + missing + ": expected a readable file: No such file or directory").c_str(),
        DataError);
}

TEST_CASE("read_cifar100_files: other names of the classes, as many as there are") {
    const std::vector<std::string> names(20, "x");
    CHECK(read_cifar100_files({}, 1, Cifar100Labels::coarse, names).classes() == names);
    CHECK_THROWS_WITH_AS(read_cifar100_files({}, 1, Cifar100Labels::fine, names),
                         "read_cifar100: expected the names of 100 classes, got 20", DataError);
}

TEST_CASE(
    "read_cifar100, open_dataset: 50,000 and 10,000 images, from the folder itself and from the one above") {
    const TempDir dir;
    write_zeros(dir, "cifar-100-binary/");
    CHECK(holds_cifar100(dir.path()));
    const TrainTest coarse = read_cifar100(dir.path(), Cifar100Labels::coarse);
    CHECK(coarse.train.size() == 50'000);
    CHECK(coarse.train.images().size() == 50'000 * 3072);
    CHECK(coarse.test.classes() == cifar100_classes(Cifar100Labels::coarse));
    const fs::path folder = dir.path() / "cifar-100-binary";
    const TrainTest fine = open_dataset(folder);
    CHECK(fine.train.name() == "CIFAR-100");
    CHECK(fine.test.size() == 10'000);
    CHECK(fine.test.classes()[99] == "worm");
    CHECK(dataset_files(folder) == std::vector{folder / "train.bin", folder / "test.bin"});
    CHECK(dataset_files(dir.path()) == dataset_files(folder));
}

TEST_CASE("read_cifar100: takes the classes' names from the file of its labels") {
    const TempDir dir;
    write_zeros(dir, "");
    std::string names;
    for (int i = 0; i < 20; ++i) names += fmt::format("class {}\r\n", i);
    dir.write("coarse_label_names.txt", names);
    const std::string file = dir.write("fine_label_names.txt", names);
    CHECK(read_cifar100(dir.path(), Cifar100Labels::coarse).test.classes()[19] == "class 19");
    CHECK_THROWS_WITH_AS(
        read_cifar100(dir.path()),
        ("read_cifar100: " + file + ": offset 0: expected 100 lines, each the name of a class, found 20")
            .c_str(),
        DataError);
}

TEST_CASE("read_cifar100: names the file that is missing, or what it looked for") {
    const TempDir dir;
    CHECK_FALSE(holds_cifar100(dir.path()));
    CHECK_THROWS_WITH_AS(read_cifar100(dir.path()),
                         ("read_cifar100: " + dir.path().string() +
                          ": expected train.bin, here or in cifar-100-binary/, found neither")
                             .c_str(),
                         DataError);
    dir.write("test.bin", "");
    CHECK_THROWS_WITH_AS(
        open_dataset(dir.path()),
        ("read_cifar100: " + dir.file("train.bin") + ": expected a readable file: No such file or directory")
            .c_str(),
        DataError);
}
