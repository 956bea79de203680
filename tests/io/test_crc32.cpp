#include <xgrad/io/crc32.hpp>

#include <string_view>

#include <doctest/doctest.h>

using namespace xgrad;

TEST_CASE("crc32: the check values of the CRC catalogue") {
    const auto of = [](std::string_view text) { return crc32(std::as_bytes(std::span(text))); };
    CHECK(of("") == 0);
    CHECK(of("123456789") == 0xcbf43926);
}
