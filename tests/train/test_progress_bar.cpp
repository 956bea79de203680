#include <xgrad/train/progress_bar.hpp>

#include <doctest/doctest.h>

#include <xgrad/train/training_loop.hpp>
#include "support/pseudo_terminal.hpp"

using namespace xgrad;
using test::PseudoTerminal;

namespace {

void train(std::FILE* stream, const std::string& row, std::uint64_t steps) {
    TrainingLoop loop(steps);
    loop.observe<ProgressBar>(row, stream);
    loop.run([&](std::uint64_t step) {
        loop.log("loss", 1 / static_cast<double>(step + 1));
        if (step % 8 == 7) loop.log("accuracy", 0.123456);
        return true;
    });
}

}  // namespace

TEST_CASE("ProgressBar: a line where the value is logged, or ten in a training") {
    PseudoTerminal named(200, 24, "dumb"), tenths(200, 24, "dumb"), few(200, 24, "dumb");
    train(named.stream(), "accuracy", 20);
    CHECK(named.written() ==
          "  step       loss   accuracy       ETA\n"
          "     8      0.125     0.1235      0:00\n"
          "    16     0.0625     0.1235      0:00\n");
    train(tenths.stream(), "", 25);
    const std::string text = tenths.written();
    CHECK(std::count(text.begin(), text.end(), '\n') == 10 + 2);  // the accuracy brings new headings
    CHECK(text.find("\n     3     0.3333      0:00\n") != text.npos);
    CHECK(text.find("\n    25       0.04     0.1235      0:00\n") != text.npos);
    train(few.stream(), "", 3);
    CHECK(few.written().find("     3     0.3333") != std::string::npos);
}

TEST_CASE("ProgressBar: on a terminal, a bar with the values, which is erased at the end") {
    PseudoTerminal pseudo(100, 24);
    train(pseudo.stream(), "none", 20);
    const std::string text = pseudo.written();
    CHECK(text.starts_with("\033[?7l\r\033[2K["));
    CHECK(text.find("step 1/20  loss 1  ") != text.npos);
    CHECK(text.ends_with("\r\033[2K \033[J\r"));
}
