#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <xgrad/page/document.hpp>
#include "cifar_bn/evidence/assessment.hpp"
#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/experiments/search.hpp"
#include "shared/jobs/receipt.hpp"

namespace cifar_bn {

/// The tables of all results.
xgrad::page::Section summary_section(const std::vector<Trials>& trials, const Assessments& assessments,
                                     const std::vector<Search>& searches, bool comparable, bool quick);

/// How a report was produced.
struct Provenance {
    apps::Receipt receipt;  ///< of this program; its options are not shown
    std::map<std::string, std::size_t> builds;  ///< how many trainings each has run
    Seeds seeds;
    std::size_t trainings;
    double training_seconds;  ///< total of all trainings, on one core each
    double wall_seconds;      ///< of this run
    std::string command;
};
xgrad::page::Section checklist_section(const Provenance& provenance);

}  // namespace cifar_bn
