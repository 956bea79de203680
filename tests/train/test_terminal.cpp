#include <xgrad/train/terminal.hpp>

#include <doctest/doctest.h>

#include <xgrad/train/progress.hpp>
#include "support/pseudo_terminal.hpp"
#include "support/temp_dir.hpp"

using namespace xgrad;
using xgrad::test::PseudoTerminal;
using xgrad::test::read_file;
using xgrad::test::set_variable;
using xgrad::test::TempDir;

TEST_CASE("Terminal: draws lines over those before, and the cursor rests where they begin") {
    PseudoTerminal pseudo(80, 24);
    {
        Terminal terminal(pseudo.stream());
        CHECK(terminal.can_redraw());
        CHECK(terminal.redraw_due());
        terminal.print("stays");
        terminal.draw({"first", "second"});
        terminal.draw({"one"});
        terminal.print("stays, too");
        CHECK(terminal.redraw_due());
        terminal.draw({"last"});
    }
    CHECK(pseudo.written() ==
          "stays\n"
          "\033[?7l\r\033[2Kfirst\n\r\033[2Ksecond\033[J\033[1A\r\033[?7h"
          "\033[?7l\r\033[2Kone\033[J\r\033[?7h"
          "\r\033[2K \033[J\r"
          "stays, too\n"
          "\033[?7l\r\033[2Klast\033[J\r\033[?7h"
          "\r\033[2K \033[J\r");
}

TEST_CASE("Terminal: follows its size; of more lines than it has, the last ones are drawn") {
    PseudoTerminal pseudo(80, 2);
    {
        Terminal terminal(pseudo.stream());
        CHECK(terminal.columns() == 79);
        terminal.draw({"1", "2", "3"});
        pseudo.resize(200, 1);
        CHECK(terminal.columns() == 199);
        terminal.draw({"1", "2", "3"});
        pseudo.resize(40, 24);
        CHECK(terminal.columns() == 39);
        pseudo.resize(10, 24);
        CHECK(terminal.columns() == 39);
    }
    CHECK(pseudo.written() ==
          "\033[?7l\r\033[2K2\n\r\033[2K3\033[J\033[1A\r\033[?7h"
          "\033[?7l\r\033[2K3\033[J\r\033[?7h"
          "\r\033[2K \033[J\r");
}

TEST_CASE("Terminal: one that does not know its width has $COLUMNS, or 80") {
    const PseudoTerminal pseudo(0, 0);
    const Terminal terminal(pseudo.stream());
    const std::pair<const char*, std::size_t> expected[]{{"60", 59}, {"none", 79}, {nullptr, 79}};
    for (const auto& [variable, columns] : expected) {
        set_variable("COLUMNS", variable);
        CHECK(terminal.columns() == columns);
    }
}

TEST_CASE("Terminal: draws nothing where TERM is dumb or missing, or where the stream is no terminal") {
    const auto use = [](std::FILE* stream) {
        Terminal terminal(stream);
        CHECK_FALSE(terminal.can_redraw());
        CHECK_FALSE(terminal.redraw_due());
        terminal.draw({"drawn"});
        terminal.print("printed");
        return terminal.columns();
    };
    for (const char* term : {"dumb", "", static_cast<const char*>(nullptr)}) {
        PseudoTerminal pseudo(80, 24, term);
        CHECK(use(pseudo.stream()) == 79);
        CHECK(pseudo.written() == "printed\n");
    }
    const TempDir dir;
    std::FILE* file = std::fopen(dir.file("log").c_str(), "w");
    CHECK(use(file) > 1'000'000);
    std::fclose(file);
    CHECK(read_file(dir.file("log")) == "printed\n");
}

TEST_CASE("ProgressDisplay: a table of the cells that fit, with headings where they change") {
    PseudoTerminal pseudo(80, 24, "dumb");
    {
        ProgressDisplay display(100, pseudo.stream());
        const auto row = [&](const char* cost) {
            display.row(0, {{"step", "1", 0}, {"cost", cost, 1}, {"a longer heading", "2", 4}});
        };
        row("0.5");
        row("0.25");
        pseudo.resize(40, 24);
        row("0.125");
        row("a very, very long value");
        display.step(1, []() -> std::vector<LinePart> { throw std::logic_error("drawn"); });
    }
    CHECK(pseudo.written() ==
          "step  cost  a longer heading       ETA\n"
          "   1   0.5                 2      0:00\n"
          "   1  0.25                 2      0:00\n"
          "step   cost  a longer heading       ETA\n"
          "   1  0.125                 2      0:00\n"
          "step                     cost       ETA\n"
          "   1  a very, very long value      0:00\n");
}
