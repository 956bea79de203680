#include <xgrad/train/early_stopping.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>

using namespace xgrad;

TEST_CASE("EarlyStopping: stops after as many updates without a new best as its patience") {
    EarlyStopping stopping({.patience = 3});
    CHECK(stopping.best() == INFINITY);
    CHECK(stopping.best_update() == 0);
    CHECK(!stopping.stop());
    CHECK(stopping.update(2));
    CHECK(!stopping.update(2));
    CHECK(!stopping.update(3));
    CHECK(stopping.update(1));
    CHECK(!stopping.update(1.5));
    CHECK(!stopping.update(1));
    CHECK(!stopping.stop());
    CHECK(!stopping.update(7));
    CHECK(stopping.stop());
    CHECK(stopping.best() == 1);
    CHECK(stopping.best_update() == 4);
    CHECK(stopping.updates() == 7);
    CHECK(stopping.update(0.5));  // who goes on all the same may find a better one
    CHECK(!stopping.stop());
}

TEST_CASE("EarlyStopping: higher is better, and by more than min_delta") {
    EarlyStopping stopping({.mode = MetricMode::max, .patience = 1, .min_delta = 0.25});
    CHECK(stopping.best() == -INFINITY);
    CHECK(stopping.update(0.5));
    CHECK(!stopping.update(0.75));
    CHECK(stopping.stop());
    CHECK(stopping.update(0.8));
    CHECK(stopping.best() == 0.8);
}

TEST_CASE("EarlyStopping: a NaN is never the best, nor is the first infinite loss") {
    EarlyStopping stopping({.patience = 2});
    CHECK(!stopping.update(NAN));
    CHECK(!stopping.update(INFINITY));
    CHECK(stopping.stop());
    CHECK(stopping.best_update() == 0);
    CHECK(stopping.update(1));
    CHECK(!stopping.update(NAN));
    CHECK(stopping.best() == 1);
}

TEST_CASE("EarlyStopping: errors name the option, and the entries of a state that does not fit") {
    CHECK_THROWS_WITH_AS(EarlyStopping({.patience = 0}), "EarlyStopping: patience must be at least 1, got 0",
                         ValueError);
    CHECK_THROWS_WITH_AS(EarlyStopping({.min_delta = -1}),
                         "EarlyStopping: min_delta must be finite and not negative, got -1", ValueError);
    CHECK_THROWS_WITH_AS(EarlyStopping({.min_delta = NAN}),
                         "EarlyStopping: min_delta must be finite and not negative, got nan", ValueError);
    EarlyStopping stopping;
    stopping.update(1);
    const NamedArrays state = stopping.state_arrays();
    const auto refuses = [&](NamedArrays damaged, const char* message) {
        CHECK_THROWS_WITH_AS(stopping.load_state_arrays(std::move(damaged)), message, StateError);
        CHECK(stopping.state_arrays() == state);
    };
    refuses({}, "EarlyStopping: nothing was loaded: missing best; missing best_update; missing updates");
    NamedArrays later = state, nan = state;
    later["best_update"] = Array<std::int64_t>(Shape{}, 2);
    refuses(later, "EarlyStopping: nothing was loaded: the best update is 2 of 1");
    nan["best"] = Array<double>(Shape{}, NAN);
    refuses(nan, "EarlyStopping: nothing was loaded: best: expected an F64 of shape () that is not NaN");
}
