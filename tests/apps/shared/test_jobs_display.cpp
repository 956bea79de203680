#include "shared/jobs/jobs_display.hpp"

#include <doctest/doctest.h>

#include "support/pseudo_terminal.hpp"

using namespace apps;
using xgrad::test::PseudoTerminal;

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
