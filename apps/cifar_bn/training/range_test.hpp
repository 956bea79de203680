#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cifar_bn/training/config.hpp"
#include "shared/data/data_source.hpp"

#include <xgrad/train/lr_range_test.hpp>

namespace cifar_bn {

/// How the learning rate grows in a range test.
struct RateRange {
    double from = 1e-6, to = 10;
    std::uint64_t steps = 1000;
    bool linear = false;  ///< by a number from step to step, as in Smith's paper, not by a factor
};

/// Throws an xgrad::ValueError that names the option and its valid values.
void check_rate_range(const RateRange& range);

/// The net's accuracy on the validation images after a step.
struct RangeAccuracy {
    std::uint64_t step;  ///< counts from 1
    double learning_rate, accuracy;
};

struct RangeTestRecord {
    xgrad::LrRangeTest test;
    std::vector<RangeAccuracy> accuracies;  ///< at the first step and about 50 others
};

/// Trains the net that `config` describes, but for its learning rates, while the rate grows: see
/// xgrad::lr_range_test().
/// @throws xgrad::ValueError  the configuration or the range is invalid.
RangeTestRecord range_test(const TrainConfig& config, const RateRange& range, const apps::Split& data);

/// The steps as CSV; the accuracy of most is empty.
std::string to_csv(const RangeTestRecord& record);

}  // namespace cifar_bn
