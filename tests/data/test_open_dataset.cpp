#include <xgrad/data/open_dataset.hpp>

#include <string>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::Bytes;
using test::TempDir;

TEST_CASE("open_dataset: Fashion-MNIST is known by its labels") {
    const auto [train, test] = open_dataset("/usr/share/datasets/fashion-mnist");
    CHECK(train.name() == "Fashion-MNIST");
    CHECK(test.classes()[9] == "Ankle boot");
}

TEST_CASE("open_dataset: another set in MNIST's layout is named after its folder") {
    const TempDir dir;
    for (const std::string part : {"train", "t10k"}) {
        dir.write("letters/" + part + "-images-idx3-ubyte",
                  Bytes{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6});
        dir.write("letters/" + part + "-labels-idx1-ubyte", Bytes{0, 0, 8, 1, 0, 0, 0, 1, 7});
    }
    for (const std::string folder : {"letters", "letters/"}) {
        const auto [train, test] = open_dataset(dir.file(folder));
        CHECK(train.name() == "letters");
        CHECK(train.classes()[train.labels()[0]] == "7");
        CHECK(test.features() == 2);
    }
}

TEST_CASE("open_dataset: CIFAR-10 is known by any of its files, so that the others are missed by name") {
    const TempDir dir;
    dir.write("cifar-10-batches-bin/test_batch.bin", "");
    const std::string missing = dir.file("cifar-10-batches-bin/data_batch_1.bin");
    CHECK_THROWS_WITH_AS(
        open_dataset(dir.path()),
        ("read_cifar10: " + missing + ": expected a readable file: No such file or directory").c_str(),
        DataError);
}

TEST_CASE("open_dataset: says what it looked for") {
    const TempDir dir;
    const std::string folder = dir.path().string();
    CHECK_THROWS_WITH_AS(
        open_dataset(folder),
        ("open_dataset: " + folder +
         ": found neither CIFAR-10 (data_batch_1.bin, here or in cifar-10-batches-bin/) nor Fashion-MNIST or the like (train-images-idx3-ubyte, with or without .gz)")
            .c_str(),
        DataError);
    CHECK_THROWS_WITH_AS(open_dataset("/nowhere"), "open_dataset: /nowhere: there is no such folder",
                         DataError);
}

TEST_CASE("dataset_files: what open_dataset() reads images and labels from") {
    CHECK(dataset_files("/usr/share/datasets/fashion-mnist").at(3) ==
          "/usr/share/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz");
    const TempDir dir;
    dir.write("cifar-10-batches-bin/test_batch.bin", "");
    const auto files = dataset_files(dir.path());
    CHECK(files.size() == 6);
    CHECK(files.front() == dir.file("cifar-10-batches-bin/data_batch_1.bin"));
    CHECK(files.back() == dir.file("cifar-10-batches-bin/test_batch.bin"));
    CHECK_THROWS_WITH_AS(dataset_files("/nowhere"), "open_dataset: /nowhere: there is no such folder",
                         DataError);
}
