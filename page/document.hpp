#pragma once

#include <string>
#include <variant>
#include <vector>

namespace xgrad::page {

/// A paragraph of text.
struct Paragraph {
    std::string text;  ///< Backquotes enclose code.
};

/// A table of texts.
struct Table {
    std::string id;                              ///< Unique in the document.
    std::string caption;                         ///< The line above it.
    std::vector<std::string> header;             ///< The names of the columns.
    std::vector<std::vector<std::string>> rows;  ///< Each with as many cells as the header.
};

/// A picture drawn by gnuplot.
struct Figure {
    std::string id;       ///< Unique in the document; also the name of its files.
    std::string caption;  ///< The line below it.
    /// gnuplot commands including the data; `gnuplot -c FILE svg` (or `png`) prints the picture.
    std::string script;
};

/// A part of a section.
using Block = std::variant<Paragraph, Table, Figure>;

/// A part of a document.
struct Section {
    std::string id;             ///< Unique in the document.
    std::string title;          ///< Its heading.
    std::vector<Block> blocks;  ///< In their order.
};

/// What becomes a page.
struct Document {
    std::string title;              ///< The page's heading.
    std::string subtitle;           ///< The line below; may be empty.
    std::vector<Section> sections;  ///< In their order.
};

}  // namespace xgrad::page
