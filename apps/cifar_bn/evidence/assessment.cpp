#include "cifar_bn/evidence/assessment.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/page/document.hpp>
#include <xgrad/page/prose.hpp>
#include "cifar_bn/evidence/comparison.hpp"
#include "cifar_bn/evidence/rules.hpp"

namespace cifar_bn {

using namespace apps;
using namespace xgrad::page;

namespace {

std::string range(const Interval& interval, const char* form = "{:.2f} to {:.2f}") {
    return fmt::format(fmt::runtime(form), interval.low, interval.high);
}

// A p-value; below 0.001 only that.
std::string probability(double p) { return p < 0.001 ? "p < 0.001" : fmt::format("p = {:.3f}", p); }

bool more_than_chance(double p) { return p < 1 - rules::confidence; }

}  // namespace

std::string rules::text(std::size_t rows) {
    std::string text = prose(R"(
        The rules, fixed before the runs that they judge. Every interval is one of {:.0f} %.)",
                             100 * confidence);
    if (rows > 0)
        text +=
            " " + prose(R"(
        A published number is one run, so it is compared with where one more run of ours is to be expected: an interval by
        Student's t, or, where our runs are skewed (skewness more than {:g} standard errors from 0) or some of them do not
        learn, by ranks: that of all our runs, which is less certain the fewer they are. Outside that interval is more than
        chance only if its p, after Holm's correction for the {} rows that are compared at once, is below {:g}; without the
        correction {:.1f} rows would be outside by chance alone.)",
                        skewed_errors, rows, 1 - confidence, (1 - confidence) * static_cast<double>(rows));
    return text + " " +
           prose(R"(
        What batch norm does is the difference between two trainings of one seed, averaged over seeds, with the interval of
        that mean; how many seeds learn (a test accuracy above {:g} times that of guessing) is a proportion with its interval
        (Clopper and Pearson). "Almost the same" is a difference of less than {:g} point, by two one-sided tests.)",
                 least_learnt, equal_points);
}

Assessments::Assessments(const std::vector<Trials>& rows) {
    std::vector<Assessment*> tested;
    std::vector<double> p, published;
    for (const Trials& row : rows) {
        if (!row.experiment.published) continue;
        ++compared_;
        Assessment& a = by_name_[row.experiment.name];
        const std::vector<double> ours = test_accuracies(row);
        a.verdict = ours.size() < 2 ? Assessment::Verdict::one_seed : Assessment::Verdict::inside;
        if (ours.size() < 2) continue;
        const auto [skew, error] = skewness(ours);
        const std::size_t failed = unlearnt(row);
        a.by_ranks = (failed > 0 && failed < ours.size()) || std::abs(skew) > rules::skewed_errors * error;
        a.prediction = (a.by_ranks ? rank_prediction : normal_prediction)(ours, rules::confidence,
                                                                          row.experiment.published->test);
        tested.push_back(&a);
        p.push_back(a.prediction.p);
        published.push_back(row.experiment.published->test);
    }
    const std::vector<double> adjusted = holm(p);
    for (std::size_t i = 0; i < tested.size(); ++i) {
        tested[i]->adjusted_p = adjusted[i];
        if (more_than_chance(adjusted[i]))
            tested[i]->verdict = Assessment::Verdict::outside;
        else if (more_than_chance(p[i]))
            tested[i]->verdict = Assessment::Verdict::by_chance;
        else if (!tested[i]->prediction.interval.has(published[i]))
            tested[i]->verdict = Assessment::Verdict::too_few;
    }
}

Assessment Assessments::of(const Trials& trials) const {
    const auto found = by_name_.find(trials.experiment.name);
    return found == by_name_.end() ? Assessment{} : found->second;
}

std::string in_short(const Assessment& assessment) {
    const std::string how = assessment.by_ranks ? " (ranks)" : "";
    switch (assessment.verdict) {
        case Assessment::Verdict::not_compared: return "–";
        case Assessment::Verdict::one_seed: return "one seed";
        case Assessment::Verdict::inside: return "inside" + how;
        case Assessment::Verdict::by_chance: return "outside, as chance allows" + how;
        case Assessment::Verdict::too_few: return "outside, too few runs to tell" + how;
        case Assessment::Verdict::outside: return "outside" + how;
    }
    return "";
}

std::string sentence(const Trials& trials, const Assessment& assessment) {
    const std::vector<double> ours = test_accuracies(trials);
    std::string text = fmt::format(
        "{}: {} % of the test images, {}.", trials.experiment.title, mean_and_deviation(ours),
        ours.size() == 1 ? "one seed" : fmt::format("mean and standard deviation of {} seeds", ours.size()));
    const std::size_t failed = unlearnt(trials);
    if (failed == ours.size())
        text += ours.size() == 1 ? " It did not learn at all." : " None of them learnt at all.";
    else if (failed > 0) {
        std::vector<double> of_learnt;
        for (std::size_t i = 0; i < ours.size(); ++i)
            if (learnt(trials.results[i])) of_learnt.push_back(ours[i]);
        const Interval share = proportion_interval(failed, ours.size(), rules::confidence);
        text += fmt::format(
            " {} of {} did not learn at all ({:.0f} to {:.0f} % of all seeds); the others have {} %.", failed,
            ours.size(), 100 * share.low, 100 * share.high, mean_and_deviation(of_learnt));
    }
    if (assessment.verdict != Assessment::Verdict::not_compared) {
        const auto& [interval, confidence, p] = assessment.prediction;
        text += fmt::format(" Published: {:.2f} %, ", trials.experiment.published->test);
        if (assessment.verdict == Assessment::Verdict::one_seed)
            text += "and one seed does not tell how much is chance.";
        else {
            text += fmt::format("{} {}, where one more run of ours is to be expected ({}{:.0f} %)",
                                interval.has(trials.experiment.published->test) ? "within" : "not within",
                                range(interval), assessment.by_ranks ? "by ranks, " : "", 100 * confidence);
            if (assessment.verdict == Assessment::Verdict::by_chance)
                text += fmt::format(": {}, and {} as one of all rows, which chance allows", probability(p),
                                    fmt::format("{:.3f}", assessment.adjusted_p));
            if (assessment.verdict == Assessment::Verdict::too_few)
                text += "; so few runs do not tell whether that is chance";
            if (assessment.verdict == Assessment::Verdict::outside)
                text += fmt::format(": more than chance ({} as one of all rows)",
                                    probability(assessment.adjusted_p));
            text += ".";
        }
        if (const auto distance = curve_distance(trials))
            text +=
                fmt::format(" On the way there the curves are {:.2f} points apart in the mean.", *distance);
    }
    for (std::size_t i = 0; i < ours.size(); ++i)
        if (const auto step = trials.results[i].diverged_at)
            text += fmt::format(" Seed {} diverged: the loss of step {} was not finite.", i + 1, step);
    return text;
}

std::optional<double> curve_distance(const Trials& trials) {
    if (!trials.experiment.published) return std::nullopt;
    const std::vector<PublishedPoint>& curve = trials.experiment.published->curve;
    const std::vector<Snapshot>& snapshots = trials.results.front().snapshots;
    if (curve.empty() || curve.size() != snapshots.size()) return std::nullopt;
    double total = 0;
    for (std::size_t i = 0; i < curve.size(); ++i) {
        if (curve[i].step != snapshots[i].step) return std::nullopt;
        std::vector<double> ours;
        for (const JobResult& result : trials.results)
            ours.push_back(100 * result.snapshots[i].test.accuracy);
        total += std::abs(spread(ours).mean - curve[i].test_accuracy);
    }
    return total / static_cast<double>(curve.size());
}

std::vector<double> paired_differences(const Trials& a, const Trials& b) {
    std::vector<double> of_a = test_accuracies(a), of_b = test_accuracies(b);
    const std::size_t common = std::min(of_a.size(), of_b.size());
    of_a.resize(common);
    of_b.resize(common);
    return differences(of_a, of_b);
}

Effect effect(const std::string& net, const Trials& without, const Trials& with) {
    const std::vector<double> difference = paired_differences(without, with);
    const std::size_t seeds = difference.size();
    const auto count_learnt = [&](const Trials& trials) {
        const auto first = trials.results.begin();
        return static_cast<std::size_t>(
            std::count_if(first, first + static_cast<std::ptrdiff_t>(seeds), learnt));
    };
    Effect found{
        net,   Effect::Kind::none_seen, spread(difference), mean_interval(difference, rules::confidence), {},
        seeds, count_learnt(without),   count_learnt(with)};
    if (without.experiment.published && with.experiment.published)
        found.published = with.experiment.published->test - without.experiment.published->test;
    const auto share = [&](std::size_t learnt) {
        return proportion_interval(learnt, seeds, rules::confidence);
    };
    if (seeds == 1)
        found.kind = Effect::Kind::one_seed;
    else if (share(found.learnt_without).high < 0.5 && share(found.learnt_with).low > 0.5)
        found.kind = Effect::Kind::makes_possible;
    else if (found.interval.low > 0)
        found.kind = Effect::Kind::helps;
    else if (found.interval.high < 0)
        found.kind = Effect::Kind::harms;
    return found;
}

std::string sentence(const Effect& e) {
    const std::string points =
        fmt::format("{:+.2f} points ({})", e.difference.mean, range(e.interval, "{:+.2f} to {:+.2f}"));
    std::string text = e.net + ": ";
    switch (e.kind) {
        case Effect::Kind::one_seed:
            text += fmt::format("one seed, {:+.2f} points, which may be chance", e.difference.mean);
            break;
        case Effect::Kind::makes_possible:
            text += fmt::format(
                "batch norm makes training possible at all: {} of {} seeds learn with it, {} without; {}",
                e.learnt_with, e.seeds, e.learnt_without, points);
            break;
        case Effect::Kind::helps: text += "batch norm helps, by " + points; break;
        case Effect::Kind::harms: text += "batch norm harms, by " + points; break;
        case Effect::Kind::none_seen: text += "no difference that these runs can show, " + points; break;
    }
    if (e.kind != Effect::Kind::makes_possible && std::min(e.learnt_without, e.learnt_with) < e.seeds)
        text += fmt::format("; {} of {} seeds learn without it, {} with it", e.learnt_without, e.seeds,
                            e.learnt_with);
    if (e.published) text += fmt::format(". Published: {:+.2f}", *e.published);
    return text + ".";
}

}  // namespace cifar_bn
