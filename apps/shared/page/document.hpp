#pragma once

#include <string>
#include <variant>
#include <vector>

namespace apps {

/// Text; what stands between backquotes is code.
struct Paragraph {
    std::string text;
};

struct Table {
    std::string id;  ///< unique in the document
    std::string caption;
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;  ///< as many cells as the header has
};

/// A picture that gnuplot draws.
struct Figure {
    std::string id;  ///< unique in the document; also its files' name
    std::string caption;
    std::string
        script;  ///< gnuplot's commands, data included; `gnuplot -c FILE svg` (or `png`) prints the picture
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
