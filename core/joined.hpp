#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace xgrad {

/// The elements of a range as text, each in the given format, with `separator` between. As fmt::join, which
/// however compiles fmt's formatters of these elements into each library that calls it (50 kB for numbers).
template <class Range>
std::string joined(const Range& range, std::string_view separator, std::string_view format = "{}") {
    std::string text;
    for (bool first = true; const auto& element : range) {
        if (!first) text += separator;
        first = false;
        text += fmt::format(fmt::runtime(format), element);
    }
    return text;
}

}  // namespace xgrad
