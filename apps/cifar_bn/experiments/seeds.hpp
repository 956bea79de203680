#pragma once

#include <string>
#include <vector>

namespace cifar_bn {

/// With how many seeds each net is trained: the seeds 1, 2, ...
struct Seeds {
    /// The rule of `auto`, fixed beforehand: at least `least` seeds, then more until the interval of the mean
    /// test accuracy reaches no further than `width` points from it, or there are `most`.
    static constexpr int least = 5, most = 30;
    static constexpr double confidence = 0.95, width = 0.25;

    int count = 3;
    bool automatic = false;

    /// Those with which every net begins.
    int first() const { return automatic ? least : count; }
    /// How many a net needs whose seeds so far have ended with these test accuracies, in percent: as many as
    /// there are, if these are enough.
    int wanted(const std::vector<double>& accuracies) const;
    /// `3` or `auto`.
    std::string text() const;
};

}  // namespace cifar_bn
