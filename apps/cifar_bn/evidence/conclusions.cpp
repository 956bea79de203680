#include <algorithm>

#include <fmt/format.h>

#include "cifar_bn/evidence/assessment.hpp"
#include "cifar_bn/evidence/comparison.hpp"
#include "cifar_bn/evidence/rules.hpp"

namespace cifar_bn {

using namespace apps;

namespace {

using Evidence = Conclusion::Evidence;

Evidence evidence(bool agrees, bool contradicts) {
    return agrees ? Evidence::agrees : contradicts ? Evidence::contradicts : Evidence::cannot_tell;
}

// So many of so many trainings learn.
struct Share {
    std::size_t learnt = 0, all = 0;

    Interval interval() const { return proportion_interval(learnt, all, rules::confidence); }
    std::string text() const {
        return fmt::format("{} of {} ({:.0f} to {:.0f} %)", learnt, all, 100 * interval().low,
                           100 * interval().high);
    }
};

Conclusion more_stable(const std::vector<Effect>& effects) {
    Share without, with;
    for (const Effect& e : effects) {
        without = {without.learnt + e.learnt_without, without.all + e.seeds};
        with = {with.learnt + e.learnt_with, with.all + e.seeds};
    }
    return {"Batch norm makes training much more stable.",
            evidence(with.interval().low > without.interval().high,
                     with.interval().high < without.interval().low),
            fmt::format("Of the trainings in these pairs {} learn with it, {} without.", with.text(),
                        without.text())};
}

Conclusion best_visible(const std::vector<Effect>& effects) {
    const Effect& last = effects.back();
    bool above_all = last.seeds > 1, below_one = false;
    const Effect* largest = nullptr;
    for (const Effect& e : effects) {
        if (&e == &last) continue;
        above_all = above_all && last.interval.low > e.interval.high;
        below_one = below_one || last.interval.high < e.interval.low;
        if (!largest || e.difference.mean > largest->difference.mean) largest = &e;
    }
    return {fmt::format("Its effect is best visible with {}.", last.net), evidence(above_all, below_one),
            fmt::format("{:+.2f} points, and the largest of the others is {:+.2f} ({}).",
                        last.difference.mean, largest->difference.mean, largest->net)};
}

Conclusion learns(const std::string& statement, const Trials& trials, bool expected) {
    const Share share{trials.results.size() - unlearnt(trials), trials.results.size()};
    const bool most = share.interval().low > 0.5, few = share.interval().high < 0.5;
    return {statement, expected ? evidence(most, few) : evidence(few, most),
            fmt::format("{} learn; {} %.", share.text(), mean_and_deviation(test_accuracies(trials)))};
}

Conclusion almost_the_same(const Trials& with, const Trials& optimized) {
    const std::vector<double> ours = test_accuracies(with), best = test_accuracies(optimized);
    const bool same = equivalence_p(ours, best, rules::equal_points) < 1 - rules::confidence;
    const Interval difference = mean_interval(paired_differences(with, optimized), rules::confidence);
    const bool different = difference.low > rules::equal_points || difference.high < -rules::equal_points;
    return {"With batch norm it is almost as good as the optimized net, which began with good weights.",
            evidence(same, different),
            fmt::format("{} % and {} % ({}).", mean_and_deviation(ours), mean_and_deviation(best),
                        optimized.experiment.title)};
}

}  // namespace

std::vector<Conclusion> conclusions(const std::vector<Effect>& effects, const ConcludedNets& nets) {
    const std::string& net = effects.back().net;
    return {more_stable(effects), best_visible(effects),
            learns(fmt::format("Without it the net with {} learns nothing.", net), nets.without, false),
            learns(fmt::format("With it the net with {} learns.", net), nets.with, true),
            almost_the_same(nets.with, nets.optimized)};
}

}  // namespace cifar_bn
