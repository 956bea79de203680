#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace xgrad {

/// The length of the longest prefix of `text` that is well-formed UTF-8 (Unicode 15, table 3-7).
std::size_t utf8_prefix(std::string_view text);

/// The maximum number of bytes of a text that shown() keeps.
inline constexpr std::size_t longest_shown = 100;

/// `text` for a message: quoted, escaped, and truncated if longer than longest_shown.
std::string shown(std::string_view text);

}  // namespace xgrad
