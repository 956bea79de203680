#include <xgrad/optim/lr_schedule.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

using namespace xgrad;

namespace {

// The learning rates of the published report: eta from 1e-5 to 1e-1, n_s = 2250.
CyclicOptions report() { return {.min = 1e-5, .max = 1e-1, .half_cycle = 2250}; }

CyclicOptions with(CyclicMode mode, double gamma = 1) {
    CyclicOptions options = report();
    options.mode = mode;
    options.gamma = gamma;
    return options;
}

std::vector<CyclicOptions> all_kinds() {
    return {with(CyclicMode::triangular),
            with(CyclicMode::triangular2),
            with(CyclicMode::exp_range, 0.999),
            {.min = 0, .max = 1, .half_cycle = 1},
            {.min = 0.3, .max = 0.3, .half_cycle = 7},
            {.min = 1e-3, .max = 6e-3, .half_cycle = 7, .mode = CyclicMode::triangular2}};
}

}  // namespace

TEST_CASE("ConstantLR: the same at every step") {
    const LrSchedule schedule = ConstantLR(0.05);
    CHECK(schedule(0) == 0.05);
    CHECK(schedule(12345) == 0.05);
    CHECK(ConstantLR(0)(7) == 0);
}

TEST_CASE("CyclicLR: the report's values") {
    const LrSchedule rate = CyclicLR(report());
    CHECK(rate(0) == 1e-5);
    CHECK(rate(1) == doctest::Approx(1e-5 + (1e-1 - 1e-5) / 2250));
    CHECK(rate(1125) == doctest::Approx((1e-5 + 1e-1) / 2));
    CHECK(rate(2250) == 1e-1);
    CHECK(rate(3375) == doctest::Approx((1e-5 + 1e-1) / 2));
    CHECK(rate(4499) == doctest::Approx(1e-5 + (1e-1 - 1e-5) / 2250));
    CHECK(rate(4500) == 1e-5);
    CHECK(rate(6750) == 1e-1);
    CHECK(rate(9000) == 1e-5);
}

TEST_CASE("CyclicLR: every kind is min at both ends of every cycle") {
    for (const CyclicOptions& options : all_kinds()) {
        const CyclicLR rate(options);
        for (std::uint64_t cycle = 0; cycle < 5; ++cycle)
            CHECK(rate(2 * options.half_cycle * cycle) == options.min);
    }
}

TEST_CASE(
    "CyclicLR: every kind stays between min and max, and moves by at most a half-cycle's share in a step") {
    for (const CyclicOptions& options : all_kinds()) {
        const CyclicLR rate(options);
        const double height = options.max - options.min;
        // exp_range decays on top of that, by at most 1 - gamma of the height.
        const double most = height / static_cast<double>(options.half_cycle) + height * (1 - options.gamma);
        for (std::uint64_t step = 0; step < 6 * options.half_cycle + 2; ++step) {
            CAPTURE(step);
            REQUIRE(rate(step) >= options.min);
            REQUIRE(rate(step) <= options.max);
            REQUIRE(std::abs(rate(step + 1) - rate(step)) <= most * (1 + 1e-9));
        }
    }
}

TEST_CASE("CyclicLR: triangular rises to max and falls, and each cycle is like the first") {
    const CyclicLR rate(report());
    for (std::uint64_t step = 0; step < 2250; ++step) REQUIRE(rate(step) < rate(step + 1));
    for (std::uint64_t step = 2250; step < 4500; ++step) REQUIRE(rate(step) > rate(step + 1));
    for (std::uint64_t step = 0; step < 4500; ++step) REQUIRE(rate(step) == rate(step + 4500 * 1000));
}

TEST_CASE("CyclicLR: a half cycle of one step alternates between min and max") {
    const CyclicLR rate({.min = 0.1, .max = 0.5, .half_cycle = 1});
    CHECK(rate(0) == 0.1);
    CHECK(rate(1) == 0.5);
    CHECK(rate(2) == 0.1);
    CHECK(rate(3) == 0.5);
}

TEST_CASE("CyclicLR: triangular2 halves the height above min after every cycle") {
    const CyclicLR rate(with(CyclicMode::triangular2));
    const CyclicLR triangular(report());
    for (std::uint64_t step = 0; step < 4500; ++step) REQUIRE(rate(step) == triangular(step));
    for (std::uint64_t cycle = 0; cycle < 10; ++cycle) {
        CAPTURE(cycle);
        CHECK(rate(2250 + 4500 * cycle) - 1e-5 == doctest::Approx((1e-1 - 1e-5) / std::pow(2.0, cycle)));
    }
}

TEST_CASE("CyclicLR: exp_range lowers the height above min by gamma at every step") {
    const CyclicLR rate(with(CyclicMode::exp_range, 0.9995));
    const CyclicLR triangular(report());
    for (std::uint64_t step = 0; step < 9000; step += 37) {
        CAPTURE(step);
        CHECK(rate(step) - 1e-5 ==
              doctest::Approx(std::pow(0.9995, step) * (triangular(step) - 1e-5)).epsilon(1e-9));
    }
}

TEST_CASE("CyclicLR: exp_range with gamma 1 is triangular") {
    const CyclicLR rate(with(CyclicMode::exp_range));
    const CyclicLR triangular(report());
    for (std::uint64_t step = 0; step < 9000; ++step) REQUIRE(rate(step) == triangular(step));
}

TEST_CASE("CyclicLR: step numbers may be as large as they get") {
    constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    CHECK(CyclicLR({.min = 0, .max = 1, .half_cycle = last})(last - 1) == doctest::Approx(1));
    CHECK(CyclicLR({.min = 0, .max = 1, .half_cycle = last / 2 + 1})(last) == doctest::Approx(0));
    CHECK(CyclicLR(with(CyclicMode::triangular2))(last) == 1e-5);
    CHECK(CyclicLR(with(CyclicMode::exp_range, 0.5))(last) == 1e-5);
}
