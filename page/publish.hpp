#pragma once

#include <filesystem>

#include <xgrad/page/document.hpp>

namespace xgrad::page {

/// Draws a document's figures into figures/ of `folder`, writes index.html and report.md into `folder`, and
/// prints where they are.
/// @throws DataError  gnuplot cannot draw a figure; the pages are written nevertheless.
void publish(const Document& document, const std::filesystem::path& folder);

}  // namespace xgrad::page
