#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <xgrad/page/document.hpp>

namespace xgrad::page {

// Colours that colour-blind readers can distinguish (Okabe and Ito), on white and on black.
inline constexpr const char* blue = "#0072B2";
inline constexpr const char* vermilion = "#D55E00";
inline constexpr const char* green = "#009E73";
inline constexpr const char* purple = "#CC79A7";
inline constexpr const char* sky = "#56B4E9";
inline constexpr const char* orange = "#E69F00";
inline constexpr const char* grey = "#888888";

/// A figure drawn by `commands`, after the settings that all figures share. Width and height are in units
/// such that a line of text is about 16 high.
Figure make_figure(const std::string& id, const std::string& caption, int width, int height,
                   const std::string& commands);

/// The text as a string literal of a gnuplot script; any text is allowed.
std::string gnuplot_string(const std::string& text);

/// A gnuplot data block $name, with one line per row.
std::string data_block(const std::string& name, const std::vector<std::vector<double>>& rows);

/// Every figure of a document, in order.
std::vector<Figure> figures_of(const Document& document);

/// The result of draw().
struct Drawings {
    bool has_gnuplot = true;  ///< Whether gnuplot is installed.
    std::map<std::string, std::string> svgs;  ///< by figure id
    std::vector<std::string> failures;        ///< gnuplot's messages for the other figures
};

/// For each figure, writes ID.gp into `folder` and, if gnuplot is installed, draws ID.svg and ID.png. Uses
/// several threads.
Drawings draw(const std::vector<Figure>& figures, const std::filesystem::path& folder);

/// Writes ID.gp into `folder` and returns its picture; empty if gnuplot is not installed.
/// @throws DataError  gnuplot cannot draw it.
std::string draw_svg(const Figure& figure, const std::filesystem::path& folder);

/// The SVG for inlining into a page: the figure's id makes every element id unique, and black becomes the
/// page's text colour.
std::string inline_svg(const std::string& id, std::string svg);

}  // namespace xgrad::page
