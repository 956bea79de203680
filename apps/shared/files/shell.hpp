#pragma once

#include <string>

namespace apps {

/// The text as one word for the shell.
std::string shell_quoted(const std::string& text);

}  // namespace apps
