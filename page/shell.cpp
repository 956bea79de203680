#include <xgrad/page/shell.hpp>

#include <regex>

namespace xgrad::page {

std::string shell_quoted(const std::string& text) {
    if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") ==
        std::string::npos)
        return text;
    return "'" + std::regex_replace(text, std::regex("'"), "'\\''") + "'";
}

}  // namespace xgrad::page
