#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cifar_bn/experiments/experiments.hpp"
#include "shared/statistics/statistics.hpp"

namespace cifar_bn {

/// How a published training lies among ours.
struct Assessment {
    enum class Verdict {
        not_compared,  ///< nothing is published
        one_seed,      ///< ours is a single run, too
        inside,        ///< where one more run of ours is to be expected
        by_chance,     ///< outside, but so many rows are compared that one such is no surprise
        too_few,       ///< outside by ranks, which so few runs do not tell from chance
        outside,       ///< outside, by more than chance
    };
    Verdict verdict = Verdict::not_compared;
    bool by_ranks = false;  ///< Our runs are skewed, or some of them have not learnt.
    apps::Prediction prediction{};
    double adjusted_p = 1;  ///< The prediction's p after Holm's correction over all rows.

    /// Whether there is a prediction.
    bool is_tested() const { return verdict > Verdict::one_seed; }
};

/// The assessments of rows of test accuracies, made together.
class Assessments {
public:
    Assessments() = default;
    explicit Assessments(const std::vector<Trials>& rows);

    /// That of an experiment; `not_compared` if it is none of the rows.
    Assessment of(const Trials& trials) const;
    /// How many rows are compared with published ones.
    std::size_t compared() const { return compared_; }

private:
    std::map<std::string, Assessment> by_name_;
    std::size_t compared_ = 0;
};

/// Our result and the assessment in words.
std::string sentence(const Trials& trials, const Assessment& assessment = {});

/// A few words for a table.
std::string in_short(const Assessment& assessment);

/// The mean over all snapshots of the distance between the published test accuracy and the mean of ours, in
/// points; absent if nothing is published at the same steps.
std::optional<double> curve_distance(const Trials& trials);

/// The test accuracies of b minus those of a, in points, for each seed that both have.
std::vector<double> paired_differences(const Trials& a, const Trials& b);

/// What batch norm makes of a net: the test accuracies with it minus those without, seed by seed.
struct Effect {
    enum class Kind { one_seed, makes_possible, helps, none_seen, harms };
    std::string net;
    Kind kind;
    apps::Spread difference;           ///< in points
    apps::Interval interval;           ///< of the mean difference
    std::optional<double> published;   ///< that of the published runs, in points
    std::size_t seeds, learnt_without, learnt_with;
};
Effect effect(const std::string& net, const Trials& without, const Trials& with);

/// The effect in words.
std::string sentence(const Effect& effect);

/// One statement, and whether our runs bear it out.
struct Conclusion {
    enum class Evidence { agrees, contradicts, cannot_tell };
    std::string statement;
    Evidence evidence;
    std::string reason;
};

/// The nets of which the published report's conclusion speaks: those with the smallest sigma, and the
/// optimized one.
struct ConcludedNets {
    const Trials &without, &with, &optimized;
};

/// The five statements of the published report's conclusion. @param effects  that of the smallest sigma is
/// the last.
std::vector<Conclusion> conclusions(const std::vector<Effect>& effects, const ConcludedNets& nets);

}  // namespace cifar_bn
