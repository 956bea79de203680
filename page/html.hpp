#pragma once

#include <map>
#include <string>

#include <xgrad/page/document.hpp>

namespace xgrad::page {

/// Whether a page loads itself again every few seconds, at the same place.
enum class Reloading { no, yes };

/// The document as one self-contained page: style and figures are included.
/// @param svgs  the drawn figures, by id. For a missing or empty one, the page says that gnuplot draws it.
std::string to_html(const Document& document, const std::map<std::string, std::string>& svgs,
                    Reloading reloading = Reloading::no);

}  // namespace xgrad::page
