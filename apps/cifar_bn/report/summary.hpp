#pragma once

#include <string>
#include <vector>

#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/experiments/search.hpp"
#include "shared/jobs/receipt.hpp"
#include "shared/page/document.hpp"

namespace cifar_bn {

/// The summary up front.
apps::Section summary_section(const std::vector<Trials>& trials, const std::vector<Search>& searches,
                              bool comparable, bool quick);

/// How a report was made.
struct Provenance {
    apps::Receipt receipt;  ///< of any training; its options are not shown
    int seeds, jobs;
    double training_seconds;  ///< all trainings together
    double wall_seconds;      ///< of this call
    std::string command;
};
apps::Section receipt_section(const Provenance& provenance);

}  // namespace cifar_bn
