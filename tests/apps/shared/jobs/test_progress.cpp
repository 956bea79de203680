#include "shared/jobs/progress.hpp"

#include <doctest/doctest.h>

using namespace apps;

TEST_CASE("clock_time: minutes and seconds, hours where there are any") {
    CHECK(clock_time(0) == "0:00");
    CHECK(clock_time(65.4) == "1:05");
    CHECK(clock_time(7400) == "2:03:20");
}

TEST_CASE("progress_bar: as much of it as is done") {
    CHECK(progress_bar(0) == "[........................]");
    CHECK(progress_bar(0.25) == "[######..................]");
    CHECK(progress_bar(1) == "[########################]");
}

TEST_CASE("progress_line: bar, what the program says, rate and time left") {
    CHECK(progress_line({.steps = 9000, .seconds = 9}, 4500, "loss 1.25") ==
          "[############............]  50 %  loss 1.25  500 steps/s  ETA 0:09");
    CHECK(progress_line({.steps = 9000, .seconds = 100}, 9000, "done") ==
          "[########################] 100 %  done  90 steps/s  ETA 0:00");
    CHECK(progress_line({.steps = 400, .resumed = 200, .seconds = 10}, 300, "resumed") ==
          "[##################......]  75 %  resumed  10 steps/s  ETA 0:10");
}
