#include "shared/jobs/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>

#include <doctest/doctest.h>

#include "shared/jobs/jobs_display.hpp"
#include "shared/jobs/progress.hpp"
#include "support/temp_dir.hpp"

using namespace apps;
using xgrad::test::read_file;
using xgrad::test::TempDir;

namespace {

// Sets a variable of the environment; nullptr: removes it.
void set_variable(const char* name, const char* value) {
    if (value)
        ::setenv(name, value, 1);
    else
        ::unsetenv(name);
}

// A pseudo-terminal, which keeps what is written to its stream.
class PseudoTerminal {
public:
    PseudoTerminal(unsigned short columns, unsigned short rows, const char* term = "xterm") {
        REQUIRE(::grantpt(master_) == 0);
        REQUIRE(::unlockpt(master_) == 0);
        stream_ = std::fopen(::ptsname(master_), "w");
        REQUIRE(stream_);
        termios modes{};
        ::tcgetattr(master_, &modes);
        ::cfmakeraw(&modes);  // "\n" stays "\n"
        ::tcsetattr(master_, TCSANOW, &modes);
        resize(columns, rows);
        set_variable("TERM", term);
    }
    PseudoTerminal(const PseudoTerminal&) = delete;
    PseudoTerminal& operator=(const PseudoTerminal&) = delete;
    ~PseudoTerminal() { ::close(master_); }

    std::FILE* stream() const { return stream_; }

    void resize(unsigned short columns, unsigned short rows) const {
        const winsize size{rows, columns, 0, 0};
        REQUIRE(::ioctl(master_, TIOCSWINSZ, &size) == 0);
    }

    // Closes the stream and returns what was written to it.
    std::string written() {
        std::fclose(stream_);
        std::string text;
        std::array<char, 256> part{};
        for (ssize_t count; (count = ::read(master_, part.data(), part.size())) > 0;)
            text.append(part.data(), static_cast<std::size_t>(count));
        return text;
    }

private:
    int master_ = ::posix_openpt(O_RDWR | O_NOCTTY);
    std::FILE* stream_ = nullptr;
};

}  // namespace

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
        display.step(1, []() -> std::vector<Part> { throw std::logic_error("drawn"); });
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

TEST_CASE("JobsDisplay: a bar for each job and one for all, below the lines of those that have finished") {
    PseudoTerminal pseudo(80, 24);
    {
        const std::vector<JobPlan> plans{{"first", 20, 1}, {"second", 20, 1}};
        JobsDisplay display(pseudo.stream());
        display.plan(plans);
        for (const JobPlan& plan : plans) {
            JobsDisplay::Bar bar(display, plan);
            bar.step(10);
            bar.finish({{"accuracy 50 %", 1}});
        }
        std::fputs("what follows\n", pseudo.stream());
    }
    const std::string text = pseudo.written();
    CHECK(text.starts_with("\033[?7l\r\033[2K[##...]  50 %  first\n\r\033[2K[#....] 0 of 2 trainings  ETA "));
    CHECK(text.find("\033[J\033[1A\r\033[?7h\r\033[2K \033[J\rfirst                    accuracy 50 %  ") !=
          text.npos);
    CHECK(text.find("\r\033[2K \033[J\rsecond                   accuracy 50 %  ") != text.npos);
    CHECK(text.ends_with(" s\nwhat follows\n"));
}

TEST_CASE("JobsDisplay: lines that fit into 40 columns") {
    for (const unsigned short columns : std::initializer_list<unsigned short>{40, 200}) {
        PseudoTerminal pseudo(columns, 24);
        {
            const JobPlan plan{"sigma-0.001-float-seed1", 100, 1};
            JobsDisplay display(pseudo.stream());
            display.plan({plan});
            JobsDisplay::Bar(display, plan).step(100);
        }
        CHECK(pseudo.written().find("[#####] 100 %  sigma-0.001-float-seed1\n") != std::string::npos);
    }
}
