#pragma once

#include <map>
#include <string>

#include <xgrad/page/document.hpp>

namespace xgrad::page {

/// The document as Markdown; figures are linked as images in figures/.
/// @param svgs  the drawn figures, by id. For a missing figure, the page says that gnuplot draws it.
std::string to_markdown(const Document& document, const std::map<std::string, std::string>& svgs);

}  // namespace xgrad::page
