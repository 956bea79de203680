#pragma once

#include <map>
#include <string>

#include "shared/page/document.hpp"

namespace apps {

/// The document as one self-contained page: style and figures are included.
/// @param svgs  the drawn figures, by id. For a missing figure, the page says that gnuplot draws it.
std::string to_html(const Document& document, const std::map<std::string, std::string>& svgs);

}  // namespace apps
