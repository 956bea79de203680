#include "shared/jobs/jobs_display.hpp"

#include <doctest/doctest.h>

#include "support/temp_dir.hpp"

using namespace apps;
using xgrad::test::read_file;
using xgrad::test::TempDir;

TEST_CASE("JobsDisplay: on a terminal, bars are drawn anew, and the lines above them stay") {
    const TempDir dir;
    std::FILE* terminal = std::fopen(dir.file("terminal").c_str(), "w");
    {
        const std::vector<JobPlan> plans{{"first", 20, 1}, {"second", 20, 1}};
        JobsDisplay display(plans, terminal, true);
        for (const JobPlan& plan : plans) {
            JobsDisplay::Bar bar(display, plan);
            bar.step(10);
            bar.finish("accuracy 50 %");
        }
        std::fputs("what follows\n", terminal);
    }
    std::fclose(terminal);
    const std::string text = read_file(dir.file("terminal"));
    CHECK(text.starts_with(
        "first                    [############............] step 10/20\n0 of 2 trainings, ETA 0:00\n\033[2A\033[Jfirst                    accuracy 50 %    0.0 s\n"));
    CHECK(text.ends_with("second                   accuracy 50 %    0.0 s\nwhat follows\n"));
}
