#include <xgrad/io/byte_reader.hpp>

#include <array>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/gzip.hpp"
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::Bytes;
using test::TempDir;

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
