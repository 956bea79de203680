#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "shared/page/document.hpp"

namespace apps {

// Colours that the colour-blind can tell apart (Okabe and Ito), on white as on black.
inline constexpr const char* blue = "#0072B2";
inline constexpr const char* vermilion = "#D55E00";
inline constexpr const char* green = "#009E73";
inline constexpr const char* purple = "#CC79A7";
inline constexpr const char* sky = "#56B4E9";
inline constexpr const char* orange = "#E69F00";
inline constexpr const char* grey = "#888888";

/// A figure of `commands` behind what all figures have in common. Width and height are in units of which a
/// line of text takes about 16.
Figure make_figure(const std::string& id, const std::string& caption, int width, int height,
                   const std::string& commands);

/// The text as a string of a gnuplot script, whatever is in it.
std::string gnuplot_string(const std::string& text);

/// A gnuplot data block: $name, one line for each row.
std::string data_block(const std::string& name, const std::vector<std::vector<double>>& rows);

/// Every figure of a document, in order.
std::vector<Figure> figures_of(const Document& document);

/// What draw() has drawn.
struct Drawings {
    bool has_gnuplot = true;
    std::map<std::string, std::string> svgs;  ///< by figure
    std::vector<std::string> failures;        ///< gnuplot's messages about the others
};

/// Writes ID.gp, and, if gnuplot is installed, draws ID.svg and ID.png, for each figure into `folder`. Uses
/// several threads.
Drawings draw(const std::vector<Figure>& figures, const std::filesystem::path& folder);

/// The SVG as part of a page: every element id is made unique with the figure's, and black becomes the colour
/// of the page's text.
std::string inline_svg(const std::string& id, std::string svg);

}  // namespace apps
