#include <xgrad/io/text.hpp>

#include <doctest/doctest.h>

using namespace xgrad;

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
