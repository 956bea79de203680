#include <xgrad/io/safetensors.hpp>

#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::TempDir;

namespace {

template <class V>
std::string bytes(std::initializer_list<V> values) {
    std::string text(values.size() * sizeof(V), '\0');
    std::memcpy(text.data(), std::data(values), text.size());
    return text;
}

template <class V>
const Array<V>& array_of(const Safetensors& file, const std::string& name) {
    return std::get<Array<V>>(file.arrays.at(name));
}

}  // namespace

TEST_CASE("read_safetensors: what write_safetensors wrote") {
    const TempDir dir;
    const std::string strange = "\xCE\xBB \"\\\n\x01 \xF0\x9F\x99\x82";
    Safetensors contents;
    contents.arrays["a"] = Array<float>{{1, -2, 3}, {4, 5, std::numeric_limits<float>::infinity()}};
    contents.arrays["b"] = Array<double>{0.1, -0.0};
    contents.arrays["c"] = Array<std::int64_t>{std::numeric_limits<std::int64_t>::min(), -1, 0};
    contents.arrays["scalar"] = Array<double>(Shape{}, 3.5);
    contents.arrays["empty"] = Array<float>(Shape{0});
    contents.arrays["empty, 3-D"] = Array<std::int64_t>(Shape{2, 0, 3});
    contents.arrays[""] = Array<float>(Shape{1, 1, 1}, 1);
    contents.arrays[std::string("nul\0byte", 8)] = Array<float>{1};
    contents.arrays[strange] = Array<float>{2};
    contents.metadata = {{"format", "pt"}, {"", ""}, {strange, strange}};
    write_safetensors(dir.file("file"), contents);
    const Safetensors found = read_safetensors(dir.file("file"));
    CHECK(found.arrays == contents.arrays);
    CHECK(found.metadata == contents.metadata);
    CHECK(array_of<std::int64_t>(found, "empty, 3-D").shape() == Shape{2, 0, 3});
    CHECK(std::signbit(array_of<double>(found, "b")(1)));
}

TEST_CASE("read_safetensors: other writers' order, spaces and escapes") {
    const TempDir dir;
    const std::string header =
        R"({ "\u0062" : {"data_offsets":[4,12], "shape":[1], "dtype":"F64"},)"
        "\n"
        R"(  "a":{"shape":[1], "dtype":"F32", "data_offsets":[0,4]}, "__metadata__":{} }  )";
    const std::string file =
        bytes<std::uint64_t>({header.size()}) + header + bytes<float>({1.5}) + bytes<double>({2.5});
    const Safetensors found = read_safetensors(dir.write("file", file));
    CHECK(array_of<float>(found, "a") == Array<float>{1.5});
    CHECK(array_of<double>(found, "b") == Array<double>{2.5});
    CHECK(found.metadata.empty());
}

TEST_CASE("write_safetensors: refuses what a reader would, and keeps the old file") {
    const TempDir dir;
    const std::string file = dir.write("file", "old");
    const auto check = [&](const Safetensors& contents, const std::string& message) {
        CHECK_THROWS_WITH_AS(write_safetensors(file, contents), ("write_safetensors: " + message).c_str(),
                             ValueError);
        CHECK(test::read_file(file) == "old");
    };
    check({{{"a\xFF", Array<float>{1}}}, {}}, R"("a\xff" is not UTF-8)");
    check({{}, {{"key", "\xED\xA0\x80"}}}, R"("\xed\xa0\x80" is not UTF-8)");
    check({{}, {{"\xC3", "text"}}}, R"("\xc3" is not UTF-8)");
    check({{{"__metadata__", Array<float>{1}}}, {}}, "an array cannot be named __metadata__");
    check({{{"a", Array<float>(Shape(65, 1), 1)}}, {}}, "\"a\": expected at most 64 axes, got 65");
    check({{}, {{"key", std::string(100'000'000, ' ')}}},
          "expected a header of at most 100000000 bytes, got 100000032");
    CHECK_THROWS_AS(write_safetensors(dir.file("no/folder"), {}), DataError);
}

TEST_CASE("parse_safetensors: reads bytes in memory as it would a file, and rejects them as such") {
    const Safetensors contents{{{"a", Array<float>{1, 2}}, {"b", Array<std::int64_t>{{3, 4}}}},
                               {{"key", "text"}}};
    const std::string bytes = safetensors_bytes(contents);
    CHECK(parse_safetensors(bytes, "received") == contents);
    CHECK_THROWS_WITH_AS(parse_safetensors("", "received"),
                         "parse_safetensors: received: offset 0: expected some bytes, found none", DataError);
    CHECK_THROWS_WITH_AS(
        parse_safetensors("abc", "received"),
        "parse_safetensors: received: offset 0: expected 8 bytes, the length of the header, found 3",
        DataError);
    CHECK_THROWS_AS(parse_safetensors(bytes.substr(0, bytes.size() - 1), "received"), DataError);
}
