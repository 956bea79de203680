#pragma once

#include <string>
#include <vector>

#include <xgrad/page/document.hpp>
#include "cifar_bn/experiments/plan.hpp"
#include "cifar_bn/experiments/search.hpp"
#include "cifar_bn/gradcheck/net_check.hpp"

namespace cifar_bn {

/// The results of the report, as far as there are any.
struct Results {
    ReportPlan plan;
    NetCheckOptions net_check{};
    std::vector<NetCheck> checks{};
    std::vector<Search> searches{};  ///< complete ones
    std::vector<Trials> trials{};
    std::size_t validation_images = 0;
    /// Whether the data is CIFAR-10 and the options are the report's, so that results may be set beside the
    /// published ones.
    bool comparable = false;
    bool quick = false;

    bool has(const std::vector<Experiment>& experiments) const;
    const Trials& of(const Experiment& experiment) const { return trials_of(experiment, trials); }
    /// Those of the experiments that have any.
    std::vector<Trials> of(const std::vector<Experiment>& experiments) const;
};

/// The sections that the results so far allow, from the answer to the last experiment.
std::vector<xgrad::page::Section> result_sections(const Results& results);

/// A row for each training: net, seed, and its accuracies in the end.
std::string results_csv(const std::vector<Trials>& trials);

}  // namespace cifar_bn
