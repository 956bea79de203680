#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace xgrad {

/// A stream for lines that stay and, on a terminal, for lines below them that are redrawn. Until they are
/// redrawn or erased the cursor rests where they begin: there it stays when the terminal changes its width
/// and wraps them anew.
class Terminal {
public:
    /// @param stream  not owned.
    explicit Terminal(std::FILE* stream);
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    /// Erases the drawn lines.
    ~Terminal();

    /// Whether lines can be redrawn: the stream is a terminal, and $TERM is neither `dumb` nor missing.
    bool can_redraw() const { return can_redraw_; }
    /// Whether lines can be redrawn and none are drawn that are less than a tenth of a second old.
    bool redraw_due() const;
    /// How long a line may be now: one column less than the terminal has, but at least `fewest_columns`.
    /// Without limit if the stream is no terminal. A terminal that does not know its width has $COLUMNS,
    /// or 80.
    std::size_t columns() const;
    /// As in a terminal of 40 columns. A narrower one cuts the drawn lines.
    static constexpr std::size_t fewest_columns = 39;

    /// Prints a line that stays, in place of the drawn ones.
    void print(const std::string& line);
    /// Draws lines in place of those that were drawn before. Of more lines than the terminal has, it draws
    /// the last ones.
    void draw(const std::vector<std::string>& lines);
    /// Erases the drawn lines.
    void clear();

private:
    std::FILE* stream_;
    bool is_terminal_, can_redraw_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point last_drawn_{};
};

}  // namespace xgrad
