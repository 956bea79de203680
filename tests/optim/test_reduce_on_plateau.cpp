#include <xgrad/optim/reduce_on_plateau.hpp>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>

using namespace xgrad;

TEST_CASE("ReduceOnPlateau: PyTorch's rates after each of 1,000 metrics") {
    const NamedArrays file = read_safetensors(std::filesystem::path(XGRAD_SOURCE_DIR) /
                                              "tests/optim/data/torch_plateaus.safetensors")
                                 .arrays;
    const auto& metric = std::get<Array<double>>(file.at("metric"));
    REQUIRE(metric.size() == 1000);
    const std::map<std::string, PlateauOptions> cases{
        {"default", {.learning_rate = 0.1}},
        {"max",
         {.learning_rate = 0.1, .mode = MetricMode::max, .factor = 0.5, .patience = 3, .threshold = 0.01}},
        {"min_abs",
         {.learning_rate = 0.1,
          .factor = 0.8,
          .patience = 7,
          .threshold = 0.02,
          .threshold_mode = ThresholdMode::abs,
          .cooldown = 5,
          .min_learning_rate = 0.002}},
        {"max_abs",
         {.learning_rate = 0.1,
          .mode = MetricMode::max,
          .factor = 0.9,
          .patience = 0,
          .threshold = 0,
          .threshold_mode = ThresholdMode::abs,
          .cooldown = 2,
          .epsilon = 0.001}}};
    for (const auto& c : cases) {
        CAPTURE(c.first);
        const auto& rates = std::get<Array<double>>(file.at(c.first));
        ReduceOnPlateau plateau(c.second);
        std::set<double> different;
        for (std::size_t i = 0; i < metric.size(); ++i) {
            CAPTURE(i);
            REQUIRE(plateau.update(metric(i)) == rates(i));
            different.insert(rates(i));
        }
        CHECK(different.size() >= 5);  // else the case shows little
    }
}

TEST_CASE("ReduceOnPlateau: waits for its patience, then reduces; a NaN is no new best") {
    ReduceOnPlateau plateau({.learning_rate = 1, .factor = 0.5, .patience = 1});
    CHECK(plateau.best() == INFINITY);
    CHECK(plateau.update(NAN) == 1);
    CHECK(plateau.update(3) == 1);
    CHECK(plateau.update(3) == 1);
    CHECK(plateau.update(NAN) == 0.5);
    CHECK(plateau.best() == 3);
    CHECK(plateau.update(2) == 0.5);
    CHECK(plateau.learning_rate() == 0.5);
    CHECK(ReduceOnPlateau({.learning_rate = 1, .mode = MetricMode::max}).best() == -INFINITY);
}

TEST_CASE("ReduceOnPlateau: with its state, another one goes on in the same way") {
    const PlateauOptions options{.learning_rate = 1, .factor = 0.7, .patience = 2, .cooldown = 1};
    const auto metric = [](int i) { return std::fmod(i * 0.618, 1); };
    for (const int done : {0, 5, 6, 7, 8, 20}) {
        CAPTURE(done);
        ReduceOnPlateau first(options), second(options);
        for (int i = 0; i < done; ++i) first.update(metric(i));
        second.update(-1);
        second.load_state_arrays(first.state_arrays());
        for (int i = done; i < 40; ++i) CHECK(second.update(metric(i)) == first.update(metric(i)));
        CHECK(second.state_arrays() == first.state_arrays());
    }
}
