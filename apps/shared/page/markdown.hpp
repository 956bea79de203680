#pragma once

#include <map>
#include <string>

#include "shared/page/document.hpp"

namespace apps {

/// The document as Markdown, with the figures as images of figures/.
/// @param svgs  the figures that have been drawn, by id; of the others the page says that gnuplot draws them.
std::string to_markdown(const Document& document, const std::map<std::string, std::string>& svgs);

}  // namespace apps
