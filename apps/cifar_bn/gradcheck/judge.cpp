#include "cifar_bn/gradcheck/judge.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace cifar_bn {
namespace {

// The larger value. A NaN counts as larger than any number, so that it is not overlooked.
double larger(double a, double b) { return std::isnan(b) || b > a ? b : a; }

std::string entry_name(const ParameterGradients& c, std::size_t entry) {
    return c.columns == 1 ? fmt::format("{}({})", c.name, entry)
                          : fmt::format("{}({}, {})", c.name, entry / c.columns, entry % c.columns);
}

void check_sizes(const ParameterGradients& c) {
    for (const std::size_t size : {c.hand_derived.size(), c.central.size(), c.numerical.size()})
        if (size != c.autodiff.size())
            xgrad::fail<xgrad::ShapeError>("judge", fmt::format("{}: {} entries by autodiff, {} otherwise",
                                                                c.name, c.autodiff.size(), size));
}

// Counts the entries that exceed a bar, and finds the one that exceeds it most.
struct Worst {
    double excess = 1;
    std::size_t entry = 0, count = 0;

    void note(std::size_t at, double difference, double allowed) {
        if (difference <= allowed) return;
        const double by = allowed > 0 && std::isfinite(difference) ? difference / allowed : HUGE_VAL;
        if (count++ == 0 || by > excess) excess = by, entry = at;
    }
};

}  // namespace

double largest_of(const Values& values) {
    double largest = 0;
    for (const double v : values) largest = std::max(largest, std::abs(v));
    return largest;
}

double scale_of(double largest, double largest_of_all, double floor) {
    return std::max(largest, floor * largest_of_all);
}

Judgement judge(const std::vector<ParameterGradients>& gradients, const Bars& bars) {
    Judgement judgement;
    double largest_of_all = 0;
    for (const ParameterGradients& c : gradients) {
        check_sizes(c);
        largest_of_all = std::max(largest_of_all, largest_of(c.hand_derived));
    }
    for (const ParameterGradients& c : gradients) {
        Finding f;
        f.largest = largest_of(c.hand_derived);
        f.scale = scale_of(f.largest, largest_of_all, bars.floor);
        Worst by_hand, by_numbers, uncertain;
        for (std::size_t i = 0; i < c.autodiff.size(); ++i) {
            const double hand = std::abs(c.autodiff[i] - c.hand_derived[i]);
            f.hand = larger(f.hand, hand);
            f.central = larger(f.central, std::abs(c.autodiff[i] - c.central[i]));
            by_hand.note(i, hand, bars.hand * f.scale);
            const Estimate& estimate = c.numerical[i];
            if (estimate.kink) {
                f.kinks.push_back(entry_name(c, i));
                continue;
            }
            const double difference = std::abs(c.autodiff[i] - estimate.value);
            f.numerical = larger(f.numerical, difference);
            f.uncertainty = larger(f.uncertainty, estimate.error);
            by_numbers.note(i, difference, std::max(bars.errors * estimate.error, bars.numerical * f.scale));
            uncertain.note(i, estimate.error, bars.uncertainty * f.scale);
        }
        const auto report = [&](const Worst& worst, const std::string& what) {
            if (worst.count > 0)
                judgement.failures.push_back(
                    fmt::format("{}: {} of {} entries {}", c.name, worst.count, c.autodiff.size(), what));
        };
        const auto at = [&](const Worst& worst) { return entry_name(c, worst.entry); };
        report(
            by_hand,
            fmt::format(
                "differ from the hand-derived gradient by more than {:g} of {:.3g}; worst {}: autodiff {:.12g}, hand-derived {:.12g}",
                bars.hand, f.scale, at(by_hand), c.autodiff[by_hand.entry], c.hand_derived[by_hand.entry]));
        const Estimate& off = c.numerical[by_numbers.entry];
        report(
            by_numbers,
            fmt::format(
                "differ from the numerical derivative by more than {:g} times its error and {:g} of {:.3g}; worst {}: autodiff {:.12g}, numerical {:.12g} +- {:.1g}",
                bars.errors, bars.numerical, f.scale, at(by_numbers), c.autodiff[by_numbers.entry], off.value,
                off.error));
        report(
            uncertain,
            fmt::format(
                "have a numerical derivative too uncertain to judge by (more than {:g} of {:.3g}); worst {}: {:.3g} +- {:.1g}",
                bars.uncertainty, f.scale, at(uncertain), c.numerical[uncertain.entry].value,
                c.numerical[uncertain.entry].error));
        judgement.entries += c.autodiff.size();
        judgement.kinks += f.kinks.size();
        judgement.findings.push_back(std::move(f));
    }
    if (static_cast<double>(judgement.kinks) > bars.kinks * static_cast<double>(judgement.entries))
        judgement.failures.push_back(fmt::format("{} of {} entries are at a kink, more than {:g} %",
                                                 judgement.kinks, judgement.entries, 100 * bars.kinks));
    return judgement;
}

}  // namespace cifar_bn
