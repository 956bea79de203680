#pragma once

#include <string>
#include <variant>
#include <vector>

namespace apps {

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

}  // namespace apps
