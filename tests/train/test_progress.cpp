#include <xgrad/train/progress.hpp>

#include <doctest/doctest.h>

using namespace xgrad;

TEST_CASE("clock_time: minutes and seconds, hours where there are any") {
    CHECK(clock_time(0) == "0:00");
    CHECK(clock_time(65.4) == "1:05");
    CHECK(clock_time(7400) == "2:03:20");
}

TEST_CASE("fitted: the parts of the lowest ranks, in their order") {
    const std::vector<LinePart> parts{{"third", 3}, {"first", 0}, {"second", 2}};
    CHECK(fitted(parts, 20) == "third  first  second");
    CHECK(fitted(parts, 19) == "first  second");
    CHECK(fitted(parts, 12) == "first");
    CHECK(fitted(parts, 4) == "firs");
    CHECK(fitted({}, 4).empty());
}

TEST_CASE("progress_bar: as much of it as is done") {
    CHECK(progress_bar(0, 26) == "[........................]");
    CHECK(progress_bar(0.25, 26) == "[######..................]");
    CHECK(progress_bar(0.99, 6) == "[###.]");
    CHECK(progress_bar(1, 6) == "[####]");
}

TEST_CASE("progress_line: as much as fits of bar, what the program says, rate and time left") {
    const RunningTraining training{.steps = 9000, .seconds = 9};
    const std::vector<LinePart> details{{"step 4500/9000", 3}, {"loss 1.25", 4}};
    const auto line = [&](std::size_t columns) { return progress_line(training, 4500, details, columns); };
    CHECK(line(199) == "[############............]  50 %  step 4500/9000  loss 1.25  500 steps/s  ETA 0:09");
    CHECK(line(79) == "[######.......]  50 %  step 4500/9000  loss 1.25  500 steps/s  ETA 0:09");
    CHECK(line(59) == "[####.....]  50 %  step 4500/9000  loss 1.25  ETA 0:09");
    CHECK(line(39) == "[##...]  50 %  step 4500/9000  ETA 0:09");
    CHECK(progress_line({.steps = 9000, .seconds = 100}, 9000, {}, 59) ==
          "[#########] 100 %  90 steps/s  ETA 0:00");
    CHECK(progress_line({.steps = 400, .resumed = 200, .seconds = 10}, 300, {{"resumed", 3}}, 59) ==
          "[######...]  75 %  resumed  10 steps/s  ETA 0:10");
    CHECK(progress_line({.steps = 9000}, 0, details, 59) ==
          "[.........]   0 %  step 4500/9000  loss 1.25  ETA 0:00");
}

TEST_CASE("progress_line: is never longer than it may be") {
    const std::vector<LinePart> details{{"step 1000000000/1000000000", 3}, {"batch loss 1234567.1234", 4}};
    for (std::size_t columns = Terminal::fewest_columns; columns < 200; ++columns)
        for (const std::uint64_t step : {0U, 1U, 500'000U, 1'000'000U}) {
            const std::string line = progress_line({1'000'000, 0, 1e6}, step, details, columns);
            CHECK(line.size() <= columns);
            CHECK(line.find(" %  ") != line.npos);
            CHECK(line.find("  ETA ") != line.npos);
        }
}
