#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace xgrad {

/// The length of the longest well-formed UTF-8 that `text` begins with (Unicode 15, table 3-7).
std::size_t utf8_prefix(std::string_view text);

/// How many bytes of a text shown() leaves.
inline constexpr std::size_t longest_shown = 100;

/// `text` for a message: quoted, escaped, and cut where it is longer than longest_shown.
std::string shown(std::string_view text);

}  // namespace xgrad
