#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace xgrad::page {

/// Text; backquotes enclose code.
struct Paragraph {
    std::string text;
};

struct Table {
    std::string id;  ///< unique in the document
    std::string caption;
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;  ///< each with as many cells as the header
};

/// A picture drawn by gnuplot.
struct Figure {
    std::string id;  ///< unique in the document; also the name of its files
    std::string caption;
    /// gnuplot commands including the data; `gnuplot -c FILE svg` (or `png`) prints the picture
    std::string script;
};

using Block = std::variant<Paragraph, Table, Figure>;

struct Section {
    std::string id, title;
    std::vector<Block> blocks;
};

struct Document {
    std::string title, subtitle;
    std::vector<Section> sections;
};

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
