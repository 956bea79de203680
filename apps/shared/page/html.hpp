#pragma once

#include <map>
#include <string>

#include "shared/page/document.hpp"

namespace apps {

/// The document as one page that needs nothing else: style and figures are in it.
/// @param svgs  the figures that have been drawn, by id; of the others the page says that gnuplot draws them.
std::string to_html(const Document& document, const std::map<std::string, std::string>& svgs);

}  // namespace apps
