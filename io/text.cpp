#include <xgrad/io/text.hpp>

#include <bit>

#include <fmt/format.h>

namespace xgrad {
std::size_t utf8_prefix(std::string_view text) {
    const auto byte_lies_in = [&](std::size_t i, unsigned low, unsigned high) {
        return i < text.size() && low <= static_cast<unsigned char>(text[i]) &&
               static_cast<unsigned char>(text[i]) <= high;
    };
    std::size_t i = 0;
    while (i < text.size()) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80 ? 1 : static_cast<std::size_t>(std::countl_one(lead));
        if (lead >= 0x80 && !byte_lies_in(i, 0xC2, 0xF4)) return i;
        const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        for (std::size_t k = 1; k < length; ++k)
            if (!byte_lies_in(i + k, k == 1 ? low : 0x80, k == 1 ? high : 0xBF)) return i;
        i += length;
    }
    return i;
}

std::string shown(std::string_view text) {
    return fmt::format("{:?}{}", text.substr(0, longest_shown), text.size() > longest_shown ? "..." : "");
}

}  // namespace xgrad
