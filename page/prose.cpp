#include <xgrad/page/prose.hpp>

namespace xgrad::page {

std::string folded(std::string_view text) {
    std::string result;
    bool blank = false;  // a blank is pending; dropped at the end of the text
    for (const char c : text) {
        if (c == ' ' || c == '\n') {
            blank = !result.empty();
            continue;
        }
        if (blank) result += ' ';
        blank = false;
        result += c;
    }
    return result;
}

}  // namespace xgrad::page
