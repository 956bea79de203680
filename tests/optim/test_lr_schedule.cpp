#include <xgrad/optim/lr_schedule.hpp>

#include <cmath>
#include <filesystem>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/io/safetensors.hpp>
using namespace xgrad;
using lr::CyclicMode, lr::CyclicOptions;

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

TEST_CASE("lr::constant: the same at every step") {
    const LrSchedule schedule = lr::constant(0.05);
    CHECK(schedule(0) == 0.05);
    CHECK(schedule(12345) == 0.05);
    CHECK(lr::constant(0)(7) == 0);
}

TEST_CASE("lr::cyclic: the report's values") {
    const LrSchedule rate = lr::cyclic(report());
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

TEST_CASE("lr::cyclic: every kind is min at both ends of every cycle") {
    for (const CyclicOptions& options : all_kinds()) {
        const LrSchedule rate = lr::cyclic(options);
        for (std::uint64_t cycle = 0; cycle < 5; ++cycle)
            CHECK(rate(2 * options.half_cycle * cycle) == options.min);
    }
}

TEST_CASE(
    "lr::cyclic: every kind stays between min and max, and moves by at most a half-cycle's share in a step") {
    for (const CyclicOptions& options : all_kinds()) {
        const LrSchedule rate = lr::cyclic(options);
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

TEST_CASE("lr::cyclic: triangular rises to max and falls, and each cycle is like the first") {
    const LrSchedule rate = lr::cyclic(report());
    for (std::uint64_t step = 0; step < 2250; ++step) REQUIRE(rate(step) < rate(step + 1));
    for (std::uint64_t step = 2250; step < 4500; ++step) REQUIRE(rate(step) > rate(step + 1));
    for (std::uint64_t step = 0; step < 4500; ++step) REQUIRE(rate(step) == rate(step + 4500 * 1000));
}

TEST_CASE("lr::cyclic: a half cycle of one step alternates between min and max") {
    const LrSchedule rate = lr::cyclic({.min = 0.1, .max = 0.5, .half_cycle = 1});
    CHECK(rate(0) == 0.1);
    CHECK(rate(1) == 0.5);
    CHECK(rate(2) == 0.1);
    CHECK(rate(3) == 0.5);
}

TEST_CASE("lr::cyclic: triangular2 halves the height above min after every cycle") {
    const LrSchedule rate = lr::cyclic(with(CyclicMode::triangular2));
    const LrSchedule triangular = lr::cyclic(report());
    for (std::uint64_t step = 0; step < 4500; ++step) REQUIRE(rate(step) == triangular(step));
    for (std::uint64_t cycle = 0; cycle < 10; ++cycle) {
        CAPTURE(cycle);
        CHECK(rate(2250 + 4500 * cycle) - 1e-5 == doctest::Approx((1e-1 - 1e-5) / std::pow(2.0, cycle)));
    }
}

TEST_CASE("lr::cyclic: exp_range lowers the height above min by gamma at every step") {
    const LrSchedule rate = lr::cyclic(with(CyclicMode::exp_range, 0.9995));
    const LrSchedule triangular = lr::cyclic(report());
    for (std::uint64_t step = 0; step < 9000; step += 37) {
        CAPTURE(step);
        CHECK(rate(step) - 1e-5 ==
              doctest::Approx(std::pow(0.9995, step) * (triangular(step) - 1e-5)).epsilon(1e-9));
    }
}

TEST_CASE("lr::cyclic: exp_range with gamma 1 is triangular") {
    const LrSchedule rate = lr::cyclic(with(CyclicMode::exp_range));
    const LrSchedule triangular = lr::cyclic(report());
    for (std::uint64_t step = 0; step < 9000; ++step) REQUIRE(rate(step) == triangular(step));
}

TEST_CASE("lr::cyclic: step numbers may be as large as they get") {
    constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    CHECK(lr::cyclic({.min = 0, .max = 1, .half_cycle = last})(last - 1) == doctest::Approx(1));
    CHECK(lr::cyclic({.min = 0, .max = 1, .half_cycle = last / 2 + 1})(last) == doctest::Approx(0));
    CHECK(lr::cyclic(with(CyclicMode::triangular2))(last) == 1e-5);
    CHECK(lr::cyclic(with(CyclicMode::exp_range, 0.5))(last) == 1e-5);
}

namespace {

const std::filesystem::path torch_rates =
    std::filesystem::path(XGRAD_SOURCE_DIR) / "tests/optim/data/torch_schedules.safetensors";

void check_equals_torch(const std::string& name, const LrSchedule& schedule) {
    CAPTURE(name);
    const NamedArrays file = read_safetensors(torch_rates).arrays;
    const auto& rates = std::get<Array<double>>(file.at(name));
    REQUIRE(rates.size() == 1000);
    for (std::size_t step = 0; step < rates.size(); ++step) {
        CAPTURE(step);
        const double difference = std::abs(schedule(step) - rates(step));
        REQUIRE(difference <= 1e-12 * 0.1);  // the largest rate is 0.1
    }
}

}  // namespace

TEST_CASE("schedules: PyTorch's rates at each of 1,000 steps") {
    check_equals_torch("step", lr::step(0.1, 30, 0.9));
    check_equals_torch("multi_step", lr::multi_step(0.1, {700, 10, 200, 200}, 0.3));
    check_equals_torch("exponential", lr::exponential(0.1, 0.99));
    check_equals_torch("polynomial", lr::polynomial(0.1, 900, 2));
    check_equals_torch("cosine", lr::cosine({.max = 0.1, .min = 0.01, .steps = 1000}));
    check_equals_torch("cosine_restarts", lr::cosine({.max = 0.1, .steps = 70, .restarts = true}));
    check_equals_torch("cosine_growing",
                       lr::cosine({.max = 0.1, .min = 0.02, .steps = 30, .restarts = true, .growth = 2}));
    check_equals_torch("one_cycle", lr::one_cycle({.max = 0.1, .steps = 1000}));
    check_equals_torch("one_cycle_three", lr::one_cycle({.max = 0.1,
                                                         .steps = 1000,
                                                         .rise = 0.45,
                                                         .anneal = lr::Anneal::linear,
                                                         .first_divisor = 10,
                                                         .last_divisor = 100,
                                                         .three_phases = true}));
    check_equals_torch("inverse_square_root", lr::inverse_square_root(0.1, 40));
    check_equals_torch("warmup", lr::warmup(100, 0.25).then(lr::cosine({.max = 0.1, .steps = 900})));
    for (const auto& [name, mode] : {std::pair{"triangular", CyclicMode::triangular},
                                     {"triangular2", CyclicMode::triangular2},
                                     {"exp_range", CyclicMode::exp_range}})
        check_equals_torch(name, lr::cyclic({.min = 0.001,
                                             .max = 0.1,
                                             .half_cycle = 130,
                                             .mode = mode,
                                             .gamma = mode == CyclicMode::exp_range ? 0.995 : 1}));
}

TEST_CASE("lr::warmup: rises to the first rate of what follows, which begins behind it") {
    const LrSchedule rate = lr::warmup(10).then(lr::step(0.5, 3, 0.1));
    CHECK(rate(0) == 0);
    CHECK(rate(5) == 0.25);
    CHECK(rate(10) == 0.5);
    CHECK(rate(12) == 0.5);
    CHECK(rate(13) == doctest::Approx(0.05));
    CHECK(lr::warmup(0).then(lr::constant(0.5))(0) == 0.5);
    const LrSchedule twice = lr::warmup(2).then(lr::warmup(2, 0.5).then(lr::constant(1)));
    CHECK(twice(1) == 0.25);
    CHECK(twice(3) == 0.75);
    CHECK(twice(4) == 1);
}

TEST_CASE("schedules: after their last step they stay, also at the largest step number") {
    constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t step : {std::uint64_t{10}, std::uint64_t{11}, last}) {
        CHECK(lr::polynomial(1, 10)(step) == 0);
        CHECK(lr::cosine({.max = 1, .min = 0.25, .steps = 10})(step) == 0.25);
        CHECK(lr::one_cycle({.max = 1, .steps = 11})(step) == doctest::Approx(1.0 / 25 / 1e4));
        CHECK(lr::multi_step(1, {3, 10}, 0.5)(step) == 0.25);
    }
    CHECK(lr::cosine({.max = 1, .steps = 10, .restarts = true, .growth = 3})(last) <= 1);
    CHECK(lr::exponential(1, 0.5)(last) == 0);
    CHECK(lr::inverse_square_root(1, 10)(last) < 1e-9);
}

TEST_CASE("one_cycle: a rise of no steps begins at the highest rate") {
    for (const bool three_phases : {false, true}) {
        const LrSchedule schedule =
            lr::one_cycle({.max = 0.1, .steps = 10, .rise = 0.1, .three_phases = three_phases});
        CHECK(schedule(0) == doctest::Approx(0.1));
        for (std::uint64_t step = 0; step < 12; ++step) CHECK(std::isfinite(schedule(step)));
        CHECK(schedule(9) == doctest::Approx(0.1 / 25 / 1e4));
    }
}
