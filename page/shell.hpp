#pragma once

#include <string>

namespace xgrad::page {

/// The text quoted as a single word for the shell.
std::string shell_quoted(const std::string& text);

}  // namespace xgrad::page
