#include "cifar_bn/jobs/display.hpp"

#include <doctest/doctest.h>

using namespace cifar_bn;

TEST_CASE("step_details: cycle, step, learning rate, loss") {
    const TrainConfig config;
    CHECK(step_details(config, {4500, 1e-5, 1.25}) ==
          "cycle 1/2  step 4500/9000  lr 1.00e-05  batch loss 1.2500");
    CHECK(step_details(config, {9000, 0.1, 1}) ==
          "cycle 2/2  step 9000/9000  lr 1.00e-01  batch loss 1.0000");
}

TEST_CASE("snapshot_line, outcome: costs and accuracies") {
    const Snapshot snapshot{450, 1, 0.02, {1.5, 0.5}, {1.6, 0.4}, {1.7, 0.25}, {}};
    CHECK(
        snapshot_line({}, snapshot) ==
        "cycle 1/2  step  450/9000  lr 2.00e-02  cost: train 1.5000  validation 1.6000  accuracy: train 50.00 %  validation 40.00 %  test 25.00 %");
    CHECK(outcome(snapshot) == "validation 40.00 %  test 25.00 %");
}
