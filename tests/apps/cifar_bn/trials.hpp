#pragma once

#include <optional>
#include <vector>

#include "cifar_bn/experiments/experiments.hpp"

namespace xgrad::test {

/// An experiment that ended with these test accuracies, in percent.
inline cifar_bn::Trials ended_with(const std::vector<double>& percent,
                                   std::optional<cifar_bn::Published> published = cifar_bn::Published{60,
                                                                                                      50}) {
    cifar_bn::Trials trials{{"net", "2.1", "a net", {}, published}, {}};
    for (const double value : percent) {
        cifar_bn::Snapshot last{};
        last.test.accuracy = value / 100;
        trials.results.push_back({{{last}, ConfusionMatrix(10)}, {}});
    }
    return trials;
}

}  // namespace xgrad::test
