#include <xgrad/train/terminal.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string_view>

#include <fmt/format.h>

namespace xgrad {
namespace {

constexpr std::chrono::milliseconds redraw_interval(100);

// Escape sequences.
constexpr const char* clear_line = "\r\033[2K";
constexpr const char* clear_below = "\033[J";  // from the cursor to the end of the screen
constexpr const char* no_wrap = "\033[?7l";
constexpr const char* wrap = "\033[?7h";

// A variable of the environment as a number; 0: it is none.
std::size_t number_in(const char* variable) {
    const char* text = std::getenv(variable);
    return text ? std::strtoul(text, nullptr, 10) : 0;
}

// Columns and rows; 0: unknown.
winsize size_of(std::FILE* stream) {
    winsize size{};
    ::ioctl(::fileno(stream), TIOCGWINSZ, &size);
    return size;
}

bool is_dumb(const char* term) {
    return !term || std::string_view(term).empty() || std::string_view(term) == "dumb";
}

}  // namespace

Terminal::Terminal(std::FILE* stream)
    : stream_(stream),
      is_terminal_(::isatty(::fileno(stream)) != 0),
      can_redraw_(is_terminal_ && !is_dumb(std::getenv("TERM"))) {}

Terminal::~Terminal() { clear(); }

bool Terminal::redraw_due() const {
    return can_redraw_ && (!drawn_ || std::chrono::steady_clock::now() >= last_drawn_ + redraw_interval);
}

std::size_t Terminal::columns() const {
    if (!is_terminal_) return std::numeric_limits<std::size_t>::max();
    std::size_t columns = size_of(stream_).ws_col;
    if (columns == 0) columns = number_in("COLUMNS");
    if (columns == 0) columns = 80;
    return std::max(columns - 1, fewest_columns);
}

void Terminal::print(const std::string& line) {
    clear();
    fmt::print(stream_, "{}\n", line);
    std::fflush(stream_);
}

void Terminal::draw(const std::vector<std::string>& lines) {
    if (!can_redraw_) return;
    const std::size_t rows = size_of(stream_).ws_row;
    const std::size_t shown = rows == 0 ? lines.size() : std::min(rows, lines.size());
    // Where the terminal has become narrower since it was asked, it cuts the lines instead of wrapping them.
    std::string text = no_wrap;
    for (std::size_t i = lines.size() - shown; i < lines.size(); ++i)
        text += clear_line + lines[i] + (i + 1 < lines.size() ? "\n" : clear_below);
    if (shown > 1) text += fmt::format("\033[{}A", shown - 1);  // up
    fmt::print(stream_, "{}\r{}", text, wrap);
    std::fflush(stream_);
    drawn_ = true;
    last_drawn_ = std::chrono::steady_clock::now();
}

void Terminal::clear() {
    if (!drawn_) return;
    // From the second cell: tmux moves a screen that is cleared from its first one to its history.
    fmt::print(stream_, "{} {}\r", clear_line, clear_below);
    std::fflush(stream_);
    drawn_ = false;
}

}  // namespace xgrad
