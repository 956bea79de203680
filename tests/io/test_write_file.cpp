#include <xgrad/io/write_file.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <iterator>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::TempDir;

namespace {

std::size_t files_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("write_file: writes, replaces, and leaves nothing else") {
    const TempDir dir;
    const std::string file = dir.file("a file");
    for (const std::string& text : {std::string("first"), std::string("zero \0 byte", 11), std::string()}) {
        write_file(file, text);
        CHECK(test::read_file(file) == text);
        CHECK(files_in(dir.path()) == 1);
    }
}

TEST_CASE("write_file: a new file has the mode that the umask leaves, a replaced one keeps its own") {
    const TempDir dir;
    const std::string file = dir.file("file");
    const auto mode = [&] {
        return std::filesystem::status(file).permissions() & std::filesystem::perms::all;
    };
    const ::mode_t before = ::umask(027);
    write_file(file, "first");
    CHECK(mode() == std::filesystem::perms{0640});
    for (const int kept : {0600, 0664, 0444}) {
        std::filesystem::permissions(file, std::filesystem::perms{static_cast<unsigned>(kept)});
        write_file(file, "next");
        CHECK(mode() == std::filesystem::perms{static_cast<unsigned>(kept)});
    }
    ::umask(before);
}

TEST_CASE("write_file: the temporary file of a dead process that had the same number is no obstacle") {
    const TempDir dir;
    for (int i = 0; i < 100; ++i)
        dir.write("." + std::string("file.") + std::to_string(::getpid()) + "-" + std::to_string(i) + ".part",
                  "");
    write_file(dir.file("file"), "text");
    CHECK(test::read_file(dir.file("file")) == "text");
    CHECK(files_in(dir.path()) == 101);
}

TEST_CASE("write_file: an error names the file, the step and its cause; nothing has changed") {
    const TempDir dir;
    CHECK_THROWS_WITH_AS(write_file(dir.file("none/file"), "x"),
                         ("write_file: " + dir.file("none/file") +
                          ": cannot create a file beside it: No such file or directory")
                             .c_str(),
                         DataError);
    std::filesystem::create_directory(dir.file("folder"));
    CHECK_THROWS_WITH_AS(write_file(dir.file("folder"), "x"),
                         ("write_file: " + dir.file("folder") + ": cannot rename: Is a directory").c_str(),
                         DataError);
    CHECK(files_in(dir.path()) == 1);
}

TEST_CASE("remove_leftovers: temporary files of write_file and nothing else") {
    const TempDir dir;
    for (const char* name : {".result.json.123-4.part", "result.json", ".hidden", "visible.part"})
        dir.write(name, "");
    remove_leftovers(dir.path());
    CHECK(files_in(dir.path()) == 3);
    CHECK_FALSE(std::filesystem::exists(dir.file(".result.json.123-4.part")));
    CHECK_NOTHROW(remove_leftovers(dir.file("none")));
}
