#pragma once

#include <string>

namespace apps {

/// The text quoted as a single word for the shell.
std::string shell_quoted(const std::string& text);

}  // namespace apps
