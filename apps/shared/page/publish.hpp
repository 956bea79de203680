#pragma once

#include <filesystem>

#include "shared/page/document.hpp"

namespace apps {

/// Draws a document's figures into figures/ of `folder`, writes index.html and report.md beside them, and
/// says where they are.
/// @throws xgrad::DataError  a figure that gnuplot cannot draw; the pages are written.
void publish(const Document& document, const std::filesystem::path& folder);

}  // namespace apps
