#include <xgrad/train/checkpoint.hpp>

#include <iterator>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::TempDir;

namespace {

Safetensors state(float value) { return {{{"net.weight", Array<float>{value, 2, 3}}}, {{"note", "text"}}}; }

}  // namespace

TEST_CASE("write_checkpoint, read_checkpoint: the same state, and the same bytes each time") {
    const TempDir dir;
    write_checkpoint(dir.file("a"), state(1));
    CHECK(read_checkpoint(dir.file("a")) == state(1));
    write_checkpoint(dir.file("b"), read_checkpoint(dir.file("a")));
    CHECK(test::read_file(dir.file("a")) == test::read_file(dir.file("b")));
    const Safetensors plain = read_safetensors(dir.file("a"));
    CHECK(plain.metadata.at("format") == "xgrad checkpoint 1");
    CHECK(plain.metadata.at("crc32").size() == 8);
}

TEST_CASE("read_checkpoint: one bit anywhere, or any length, is noticed") {
    const TempDir dir;
    write_checkpoint(dir.file("intact"), state(1));
    const std::string intact = test::read_file(dir.file("intact"));
    for (std::size_t i = 0; i < intact.size(); ++i)
        for (const int bit : {0, 3, 7}) {
            std::string damaged = intact;
            damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
            dir.write("damaged", damaged);
            CAPTURE(i);
            CAPTURE(bit);
            CHECK_THROWS_AS(read_checkpoint(dir.file("damaged")), DataError);
        }
    for (std::size_t length = 0; length < intact.size(); ++length) {
        dir.write("damaged", intact.substr(0, length));
        CAPTURE(length);
        CHECK_THROWS_AS(read_checkpoint(dir.file("damaged")), DataError);
    }
}

TEST_CASE("read_checkpoint: says what is wrong") {
    const TempDir dir;
    const auto check_refused = [&](const Safetensors& contents, const std::string& what) {
        write_safetensors(dir.file("file"), contents);
        CHECK_THROWS_WITH_AS(read_checkpoint(dir.file("file")),
                             ("read_checkpoint: " + dir.file("file") + ": " + what).c_str(), DataError);
    };
    check_refused(state(1), "is a safetensors file, but no checkpoint");
    write_checkpoint(dir.file("file"), state(1));
    Safetensors contents = read_safetensors(dir.file("file"));
    const std::string crc = contents.metadata.at("crc32");
    contents.metadata["crc32"] = "00000000";
    check_refused(contents, "expected the checksum 00000000, found " + crc + ": the file is damaged");
    contents.metadata["format"] = "xgrad checkpoint 2";
    check_refused(contents, "expected the format 'xgrad checkpoint 1', found 'xgrad checkpoint 2'");
    contents.metadata.erase("format");
    check_refused(contents, "is a safetensors file, but no checkpoint");
}

TEST_CASE("CheckpointFolder: the last ones are kept, and the newest is read") {
    const TempDir dir;
    const CheckpointFolder checkpoints(dir.path() / "deep" / "folder", 3);
    CHECK_FALSE(checkpoints.newest());
    CHECK(checkpoints.steps().empty());
    for (const std::uint64_t step : {5U, 10U, 95U, 100U, 1000U})
        checkpoints.write(step, state(static_cast<float>(step)));
    CHECK(checkpoints.steps() == std::vector<std::uint64_t>{95, 100, 1000});
    const auto newest = checkpoints.newest();
    REQUIRE(newest);
    CHECK(newest->step == 1000);
    CHECK(newest->file == dir.path() / "deep" / "folder" / "checkpoint-1000.safetensors");
    CHECK(newest->state == state(1000));
    dir.write("deep/folder/checkpoint-x.safetensors", "");
    dir.write("deep/folder/notes.txt", "");
    checkpoints.clear();
    CHECK(std::distance(std::filesystem::directory_iterator(dir.path() / "deep" / "folder"), {}) == 2);
    CHECK_THROWS_WITH_AS(CheckpointFolder(dir.path(), 0),
                         "CheckpointFolder: expected to keep at least 1 checkpoint, got 0", ValueError);
}

TEST_CASE("CheckpointFolder: a damaged newest one is reported, and the one before it is used") {
    const TempDir dir;
    const CheckpointFolder checkpoints(dir.path(), 2);
    checkpoints.write(10, state(10));
    checkpoints.write(20, state(20));
    const std::string intact = test::read_file(checkpoints.file(20));
    dir.write("checkpoint-20.safetensors", intact.substr(0, intact.size() - 1));
    std::vector<std::string> reports;
    const auto report = [&](const std::string& what) { reports.push_back(what); };
    const auto newest = checkpoints.newest(report);
    REQUIRE(newest);
    CHECK(newest->step == 10);
    CHECK(newest->state == state(10));
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].starts_with("read_safetensors: " + checkpoints.file(20).string() + ": offset "));

    checkpoints.write(15, state(15));  // what goes on from there does not take the damaged one for the newest
    CHECK(checkpoints.steps() == std::vector<std::uint64_t>{10, 15, 20});
    CHECK(checkpoints.newest()->step == 15);
    checkpoints.write(20, state(20));
    CHECK(checkpoints.newest()->step == 20);

    for (const std::uint64_t step : checkpoints.steps())
        dir.write(checkpoints.file(step).filename().string(), "");
    reports.clear();
    CHECK_THROWS_WITH_AS(
        checkpoints.newest(report),
        ("CheckpointFolder: " + dir.path().string() + ": none of its checkpoints can be read").c_str(),
        DataError);
    CHECK(reports.size() == 2);
}

TEST_CASE("CheckpointFolder: a folder that cannot be made or listed") {
    const TempDir dir;
    const std::string file = dir.write("file", "");
    CHECK_THROWS_WITH_AS(CheckpointFolder(file).write(1, state(1)),
                         ("CheckpointFolder: " + file + ": cannot be created: Not a directory").c_str(),
                         DataError);
    CHECK_THROWS_WITH_AS(CheckpointFolder(file).newest(),
                         ("CheckpointFolder: " + file + ": cannot be listed: Not a directory").c_str(),
                         DataError);
}
