#pragma once

#include <filesystem>
#include <string>

#include <xgrad/page/document.hpp>

namespace xgrad::page {

/// A page of what a training logged: for each value a curve over the steps, and a table of the last, the
/// lowest and the highest. Values whose names end in the same word, such as `loss` and `validation loss`,
/// share a figure. Where a curve has more than 1,000 points, neighbours are averaged.
/// @param metrics  a file of JSON objects, one in a line, that a JsonLinesLog wrote: a `step` and numbers.
/// @throws DataError  the file cannot be read; a line is something else, which the message names; or there is
/// none.
Document curves(const std::string& title, const std::filesystem::path& metrics);

}  // namespace xgrad::page
