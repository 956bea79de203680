#pragma once

#include <filesystem>

#include "shared/page/document.hpp"

namespace apps {

/// Draws a document's figures into figures/ of `folder`, writes index.html and report.md into `folder`, and
/// prints where they are.
/// @throws xgrad::DataError  gnuplot cannot draw a figure; the pages are written nevertheless.
void publish(const Document& document, const std::filesystem::path& folder);

}  // namespace apps
