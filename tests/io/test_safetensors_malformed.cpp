// Files that read_safetensors rejects, each for one reason.
#include <xgrad/io/safetensors.hpp>

#include <cstring>
#include <limits>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::TempDir;

namespace {

std::string length(std::uint64_t bytes) {
    std::string text(8, '\0');
    std::memcpy(text.data(), &bytes, 8);
    return text;
}

std::string file(const std::string& header, std::size_t data_bytes = 0) {
    return length(header.size()) + header + std::string(data_bytes, 'x');
}

// An array "w" of one F32, but for what is said otherwise.
std::string array(const std::string& shape = "[1]", const std::string& offsets = "[0,4]",
                  const std::string& dtype = R"("F32")") {
    return file(R"({"w":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}",
                4);
}

std::string entry(const std::string& name, int begin, int end) {
    const std::string shape = std::to_string((end - begin) / 4);
    return "\"" + name + R"(":{"dtype":"F32","shape":[)" + shape + R"(],"data_offsets":[)" +
           std::to_string(begin) + "," + std::to_string(end) + "]}";
}

std::string nested(std::size_t depth, char bracket) { return std::string(depth, bracket); }

struct Case {
    std::string contents, message;
};

void check_all(const std::vector<Case>& cases) {
    const TempDir dir;
    for (const auto& [contents, message] : cases) {
        const std::string path = dir.write("file", contents);
        CHECK_THROWS_WITH_AS(read_safetensors(path), ("read_safetensors: " + path + ": " + message).c_str(),
                             DataError);
    }
}

}  // namespace

TEST_CASE("read_safetensors: rejects what is no readable file") {
    const TempDir dir;
    const std::string missing = dir.file("missing"), folder = dir.path().string();
    CHECK_THROWS_WITH_AS(
        read_safetensors(missing),
        ("read_safetensors: " + missing + ": expected a readable file: No such file or directory").c_str(),
        DataError);
    CHECK_THROWS_WITH_AS(
        read_safetensors(folder),
        ("read_safetensors: " + folder + ": expected a readable file: Is a directory").c_str(), DataError);
}

TEST_CASE("read_safetensors: rejects a wrong length of the header") {
    const auto most = std::numeric_limits<std::uint64_t>::max();
    check_all({
        {"", "offset 0: expected 8 bytes, the length of the header, found 0"},
        {"1234567", "offset 0: expected 8 bytes, the length of the header, found 7"},
        {length(0), "offset 8: expected a JSON object, found an empty header"},
        {length(3) + "{}", "offset 0: expected a header of at most 2 bytes in a file of this size, found 3"},
        {length(100'000'000) + "{}",
         "offset 0: expected a header of at most 2 bytes in a file of this size, found 100000000"},
        {length(100'000'001) + "{}",
         "offset 0: expected a header of at most 100000000 bytes, found 100000001"},
        {length(most) + "{}",
         "offset 0: expected a header of at most 100000000 bytes, found 18446744073709551615"},
        {length(most - 7) + "{}",
         "offset 0: expected a header of at most 100000000 bytes, found 18446744073709551608"},
    });
}

TEST_CASE("read_safetensors: rejects a header that is not UTF-8") {
    check_all({
        {file("{\"\xFF\":{}}"), "offset 10: expected UTF-8, found the byte 0xff"},
        {file("{\"\xC0\x80\":{}}"), "offset 10: expected UTF-8, found the byte 0xc0"},  // overlong
        {file("{\"\xE0\x9F\xBF\":{}}"), "offset 10: expected UTF-8, found the byte 0xe0"},  // overlong
        {file("{\"\xED\xA0\x80\":{}}"),
         "offset 10: expected UTF-8, found the byte 0xed"},  // half of a surrogate pair
        {file("{\"\xF4\x90\x80\x80\":{}}"),
         "offset 10: expected UTF-8, found the byte 0xf4"},  // beyond U+10FFFF
        {file("{\"\xF0\x9F\x99\":{}}"), "offset 10: expected UTF-8, found the byte 0xf0"},  // cut short
        {file("{}\x80"), "offset 10: expected UTF-8, found the byte 0x80"},
    });
}

TEST_CASE("read_safetensors: rejects a header that is not JSON") {
    check_all({
        {file("{"), "offset 9: expected valid JSON, found the end of the header"},
        {file("{\"w"), "offset 11: expected valid JSON, found the end of the header"},
        {file("{\"w\":tru}"), "offset 16: expected valid JSON, found \"}\""},
        {file("{\"__metadata__\":{},}"), "offset 27: expected valid JSON, found \"}\""},
        {file("{}}"), "offset 10: expected valid JSON, found \"}\""},
        {file("{} {}"), "offset 11: expected valid JSON, found \"{\""},
        {file("{'w':1}"), "offset 9: expected valid JSON, found \"'\""},
        {file("{\"\\uD800\":{}}"), "offset 16: expected valid JSON, found \"\\\"\""},
        {file("{\"a\nb\":{}}"), "offset 11: expected valid JSON, found \"\\n\""},
        {file(std::string("{}\0", 3)), "offset 10: expected valid JSON, found a NUL byte"},
        {file(std::string("{}\0garbage", 10)), "offset 10: expected valid JSON, found a NUL byte"},
        {array("[01]"), "offset 38: expected valid JSON, found \"1\""},
        {array("[NaN]"), "offset 37: expected valid JSON, found \"N\""},
    });
}

TEST_CASE("read_safetensors: rejects a header that is not an object") {
    check_all({
        {file("[]"), "offset 8: expected a JSON object, found \"[\""},
        {file("null"), "offset 8: expected a JSON object, found \"n\""},
        {file(" {}"), "offset 8: expected a JSON object, found \" \""},
        {file("\xEF\xBB\xBF{}"), "offset 8: expected a JSON object, found \"\\xef\""},
        {file(nested(1'000'000, '[')), "offset 8: expected a JSON object, found \"[\""},
    });
}

TEST_CASE("read_safetensors: rejects values of another type than expected, at any depth") {
    check_all({
        {file(R"({"w":null})"), "\"w\": expected an object, found null"},
        {file(R"({"w":[]})"), "\"w\": expected an object, found an array"},
        {file(R"({"w":"F32"})"), "\"w\": expected an object, found \"F32\""},
        {file(R"({"w":12})"), "\"w\": expected an object, found 12"},
        {file("{\"w\":" + nested(1'000'000, '[')), "\"w\": expected an object, found an array"},
        {array("[1]", "[0,4]", "{\"a\":1}"),
         "\"w\": dtype: expected \"F32\", \"F64\" or \"I64\", found an object"},
        {array("[1]", "[0,4]", "[]"), "\"w\": dtype: expected \"F32\", \"F64\" or \"I64\", found an array"},
        {array("[1]", "[0,4]", "32"), "\"w\": dtype: expected \"F32\", \"F64\" or \"I64\", found 32"},
        {array("1"), "\"w\": shape: expected an array of extents, found 1"},
        {array("\"1\""), "\"w\": shape: expected an array of extents, found \"1\""},
        {array("{}"), "\"w\": shape: expected an array of extents, found an object"},
        {array("[" + nested(1'000'000, '[')),
         "\"w\": shape: expected a whole number from 0 to 2^64 - 1, found an array"},
        {array("[true]"), "\"w\": shape: expected a whole number from 0 to 2^64 - 1, found true"},
        {array("[\"1\"]"), "\"w\": shape: expected a whole number from 0 to 2^64 - 1, found \"1\""},
        {array("[-1]"), "\"w\": shape: expected a whole number from 0 to 2^64 - 1, found a negative number"},
        {array("[1.0]"), "\"w\": shape: expected a whole number from 0 to 2^64 - 1, found 1.0"},
        {array("[1e0]"), "\"w\": shape: expected a whole number from 0 to 2^64 - 1, found 1e0"},
        {array("[18446744073709551616]"),
         "\"w\": shape: expected a whole number from 0 to 2^64 - 1, found 18446744073709551616"},
        {array("[1e999]"), "\"w\": shape: expected a whole number from 0 to 2^64 - 1, found 1e999"},
        {array("[1]", "4"), "\"w\": data_offsets: expected an array [begin, end], found 4"},
        {array("[1]", "{}"), "\"w\": data_offsets: expected an array [begin, end], found an object"},
        {array("[1]", "[]"),
         "\"w\": data_offsets: expected an array [begin, end], found an array of length 0"},
        {array("[1]", "[4]"),
         "\"w\": data_offsets: expected an array [begin, end], found an array of length 1"},
        {array("[1]", "[0,4,8]"), "\"w\": data_offsets: expected an array [begin, end], found more"},
        {array("[1]", "[-0,4]"),
         "\"w\": data_offsets: expected a whole number from 0 to 2^64 - 1, found a negative number"},
        {array("[1]", "[0,4.5]"),
         "\"w\": data_offsets: expected a whole number from 0 to 2^64 - 1, found 4.5"},
        {array("[1]", "[null,4]"),
         "\"w\": data_offsets: expected a whole number from 0 to 2^64 - 1, found null"},
    });
}

TEST_CASE("read_safetensors: rejects metadata that is not text") {
    check_all({
        {file(R"({"__metadata__":null})"), "\"__metadata__\": expected an object, found null"},
        {file(R"({"__metadata__":"pt"})"), "\"__metadata__\": expected an object, found \"pt\""},
        {file(R"({"__metadata__":{"step":1}})"), "\"__metadata__\": \"step\": expected a string, found 1"},
        {file(R"({"__metadata__":{"step":1.5}})"),
         "\"__metadata__\": \"step\": expected a string, found 1.5"},
        {file(R"({"__metadata__":{"step":false}})"),
         "\"__metadata__\": \"step\": expected a string, found false"},
        {file(R"({"__metadata__":{"step":{}}})"),
         "\"__metadata__\": \"step\": expected a string, found an object"},
        {file(R"({"__metadata__":{"step":["1"]}})"),
         "\"__metadata__\": \"step\": expected a string, found an array"},
    });
}

TEST_CASE("read_safetensors: rejects missing, unknown and doubled keys") {
    const std::string field = "expected dtype, shape and data_offsets, found ";
    check_all({
        {file(R"({"w":{}})"), "\"w\": " + field + "no dtype"},
        {file(R"({"w":{"dtype":"F32","data_offsets":[0,0]}})"), "\"w\": " + field + "no shape"},
        {file(R"({"w":{"dtype":"F32","shape":[0]}})"), "\"w\": " + field + "no data_offsets"},
        {file(R"({"w":{"strides":[1]}})"), "\"w\": " + field + "\"strides\""},
        {file(R"({"w":{"Dtype":"F32"}})"), "\"w\": " + field + "\"Dtype\""},
        {file(R"({"w":{"dtype":"F32","dtype":"F32"}})"),
         "\"w\": expected each key once, found \"dtype\" again"},
        {file(R"({"w":{"shape":[],"shape":[1]}})"), "\"w\": expected each key once, found \"shape\" again"},
        {file(R"({"w":{"data_offsets":[0,4],"d\u0061ta_offsets":[0,4]}})"),
         "\"w\": expected each key once, found \"data_offsets\" again"},
        {file("{" + entry("w", 0, 4) + "," + entry("w", 0, 4) + "}", 4),
         "header: expected each name once, found \"w\" again"},
        {file("{" + entry("w", 0, 4) + "," + entry("\\u0077", 4, 8) + "}", 8),
         "header: expected each name once, found \"w\" again"},
        {file(R"({"__metadata__":{},"__metadata__":{}})"),
         "header: expected each name once, found \"__metadata__\" again"},
        {file(R"({"__metadata__":{"a":"1","a":"2"}})"),
         "\"__metadata__\": expected each key once, found \"a\" again"},
    });
}

TEST_CASE("read_safetensors: rejects other dtypes by name") {
    for (const char* dtype : {"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "I16", "U16", "F16", "BF16", "I32",
                              "U32", "U64", "f32", ""}) {
        const std::string quoted = "\"" + std::string(dtype) + "\"";
        check_all({{array("[1]", "[0,4]", quoted),
                    "\"w\": dtype: expected \"F32\", \"F64\" or \"I64\", found " + quoted}});
    }
}

TEST_CASE("read_safetensors: rejects offsets and shapes that disagree") {
    std::string axes = "1";
    for (int i = 0; i < 64; ++i) axes += ",1";
    check_all({
        {array("[1]", "[4,0]"), "\"w\": expected data_offsets [begin, end] with begin <= end, found [4, 0]"},
        {array("[1]", "[18446744073709551615,3]"),
         "\"w\": expected data_offsets [begin, end] with begin <= end, found [18446744073709551615, 3]"},
        {array("[2]"), "\"w\": expected 8 bytes for F32 of shape (2), found 4"},
        {array("[1]", "[0,4]", "\"F64\""), "\"w\": expected 8 bytes for F64 of shape (1), found 4"},
        {array("[]", "[0,4]", "\"I64\""), "\"w\": expected 8 bytes for I64 of shape (), found 4"},
        {array("[0]"), "\"w\": expected 0 bytes for F32 of shape (0), found 4"},
        {array("[1]", "[0,0]"), "\"w\": expected 4 bytes for F32 of shape (1), found 0"},
        {array("[4294967296,4294967296]"),
         "\"w\": expected a shape of less than 2^63 bytes, found (4294967296, 4294967296)"},
        {array("[4611686018427387905]"),
         "\"w\": expected a shape of less than 2^63 bytes, found (4611686018427387905)"},
        {array("[18446744073709551615]"),
         "\"w\": expected a shape of less than 2^63 bytes, found (18446744073709551615)"},
        {array("[4294967296,0,4294967296]", "[0,0]"),
         "\"w\": expected a shape of less than 2^63 bytes, found (4294967296, 0, 4294967296)"},
        {array("[" + axes + "]"), "\"w\": shape: expected at most 64 extents, found more"},
    });
}

TEST_CASE("read_safetensors: rejects holes, overlaps, and bytes too few or too many") {
    const std::string w = entry("w", 0, 4);
    check_all({
        {file("{" + entry("w", 4, 8) + "}", 8),
         "\"w\": expected data_offsets that begin at 0, found 4 (a hole)"},
        {file("{" + entry("w", 8, 12) + "," + entry("a", 0, 4) + "}", 12),
         "\"w\": expected data_offsets that begin at 4, found 8 (a hole)"},
        {file("{" + w + "," + entry("x", 0, 4) + "}", 4),
         "\"x\": expected data_offsets that begin at 4, found 0 (an overlap)"},
        {file("{" + entry("w", 0, 8) + "," + entry("x", 4, 12) + "}", 12),
         "\"x\": expected data_offsets that begin at 8, found 4 (an overlap)"},
        {file("{" + entry("w", 0, 8) + "," + entry("x", 4, 4) + "}", 8),
         "\"x\": expected data_offsets that begin at 8, found 4 (an overlap)"},
        {file("{" + entry("w", 0, 0) + "," + entry("x", 4, 4) + "}", 4),
         "\"x\": expected data_offsets that begin at 0, found 4 (a hole)"},
        {file("{" + w + "}", 5), "offset 66: expected the end of the file, found 1 more bytes"},
        {file("{}", 1), "offset 10: expected the end of the file, found 1 more bytes"},
        {file("{" + w + "}", 3), "offset 62: expected 4 bytes of data, found 3"},
        {file("{" + w + "}"), "offset 62: expected 4 bytes of data, found 0"},
        {array("[2305843009213693951]", "[0,9223372036854775804]"),
         "offset 98: expected 9223372036854775804 bytes of data, found 4"},
    });
}

TEST_CASE("read_safetensors: shows a long name in part, and one with strange characters escaped") {
    const std::string shown = "\"" + std::string(100, 'n') + "\"...";
    check_all({
        {file("{\"" + std::string(1'000'000, 'n') + "\":1}"), shown + ": expected an object, found 1"},
        {file(R"({"a\u0000\n\"":1})"), R"("a\x00\n\"": expected an object, found 1)"},
        {array("[" + std::string(1'000, '9') + "]"),
         "\"w\": shape: expected a whole number from 0 to 2^64 - 1, found " + std::string(100, '9')},
    });
}
