#include <xgrad/io/crc32.hpp>

#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <iterator>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "support/gzip.hpp"
#include "support/temp_dir.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/io/byte_reader.hpp>
#include <xgrad/io/text.hpp>
#include <xgrad/io/write_file.hpp>

using namespace xgrad;
using test::Bytes;
using test::TempDir;

TEST_CASE("crc32: the check values of the CRC catalogue") {
    const auto of = [](std::string_view text) { return crc32(std::as_bytes(std::span(text))); };
    CHECK(of("") == 0);
    CHECK(of("123456789") == 0xcbf43926);
}

TEST_CASE("utf8_prefix: all of a well-formed text, else what stands before the first malformed character") {
    for (const std::string_view text :
         {"", "text", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
        CHECK(utf8_prefix(text) == text.size());
    for (const std::string_view malformed :
         {"\x80", "\xC1\xBF", "\xC3", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80", "\xE2\x82z"})
        CHECK(utf8_prefix("a\xCE\xBB" + std::string(malformed) + "b") == 3);
}

TEST_CASE("shown: quoted, escaped, and cut where it is long") {
    CHECK(shown("") == R"("")");
    CHECK(shown("a \"b\"\n") == R"("a \"b\"\n")");
    CHECK(shown(std::string(100, 'n')) == "\"" + std::string(100, 'n') + "\"");
    CHECK(shown(std::string(101, 'n')) == "\"" + std::string(100, 'n') + "\"...");
}

namespace {

constexpr const char* op = "read";

template <class F>
void check_error(F call, const std::string& message) {
    CHECK_THROWS_WITH_AS(call(), message.c_str(), DataError);
}

}  // namespace

TEST_CASE("ByteReader: reads front to back, compressed or not") {
    const TempDir dir;
    const Bytes bytes{1, 2, 3, 4, 5};
    const std::string plain = dir.write("plain", bytes),
                      compressed = dir.write("compressed", test::gzip(bytes));
    for (const std::string& path : {plain, compressed}) {
        ByteReader file(op, path, Gzip::detect);
        CHECK(file.most_bytes() >= 5);
        std::array<std::uint8_t, 2> two{};
        file.read_all(two, "two bytes");
        CHECK(two == std::array<std::uint8_t, 2>{1, 2});
        Bytes rest{0};
        file.append(rest, 2, "two more");
        CHECK(rest == Bytes{0, 3, 4});
        CHECK(file.read(two) == 1);
        CHECK(two[0] == 5);
        CHECK(file.read(two) == 0);
        file.expect_end();
    }
    CHECK(ByteReader(op, plain, Gzip::no).most_bytes() == 5);
    CHECK(ByteReader(op, compressed, Gzip::no).most_bytes() == test::gzip(bytes).size());
}

TEST_CASE(
    "ByteReader: an error names the operation, the file, the place, what is expected there and what was found") {
    const TempDir dir;
    const std::string path = dir.write("file", Bytes{1, 2, 3}), in_file = "read: " + path + ": ";
    std::array<std::uint8_t, 2> two{};
    ByteReader file(op, path, Gzip::no);
    file.read_all(two, "two bytes");
    check_error([&] { file.read_all(two, "two more"); },
                in_file + "offset 3: expected two more, found the end of the file");
    ByteReader longer(op, path, Gzip::no);
    longer.read_all(two, "two bytes");
    check_error([&] { longer.expect_end(); },
                in_file + "offset 2: expected the end of the file, found more bytes");
    check_error([&] { file.fail(7, "a", "b"); }, in_file + "offset 7: expected a, found b");
    check_error([&] { file.fail("header", "a", "b"); }, in_file + "header: expected a, found b");

    const std::string missing = dir.file("missing"), folder = dir.path().string();
    check_error([&] { ByteReader(op, missing, Gzip::no); },
                "read: " + missing + ": expected a readable file: No such file or directory");
    check_error([&] { ByteReader(op, folder, Gzip::no); },
                "read: " + folder + ": expected a readable file: Is a directory");

    Bytes damaged = test::gzip({1, 2, 3});
    damaged.pop_back();
    ByteReader compressed(op, dir.write("damaged", damaged), Gzip::detect);
    check_error(
        [&] {
            Bytes all;
            compressed.append(all, 4, "four bytes");
        },
        "read: " + dir.file("damaged") + ": offset " + std::to_string(damaged.size()) +
            " of the compressed file: expected valid gzip data, found the end of the file");
}

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
