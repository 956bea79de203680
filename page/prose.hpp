#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace xgrad::page {

/// The text with every run of blanks and line breaks replaced by one blank, without leading and trailing
/// ones.
std::string folded(std::string_view text);

/// Formats a text that the source may wrap freely: `prose(R"(One sentence of {} lines.)", 2)`. Inserted
/// values are not folded.
template <class... Args>
std::string prose(fmt::format_string<Args...> text, Args&&... args) {
    const fmt::string_view view = text;
    return fmt::format(fmt::runtime(folded({view.data(), view.size()})), args...);
}

}  // namespace xgrad::page
