#pragma once

#include <map>
#include <string>
#include <vector>

#include "cifar_bn/gradcheck/net_check.hpp"

namespace cifar_bn {

/// The net in one line: `3072-50-50-10 with batch norm (epsilon 2.2e-16), lambda 0, seed 1`.
std::string describe(const GradcheckOptions& options, const HandNet& net);

/// The differences that the report gives for its net, by parameter; empty for any other net.
std::map<std::string, double> published_figures(const GradcheckOptions& options, std::size_t images);

/// One line for each parameter, the entries at a kink, and what failed.
std::string table(const std::vector<Comparison>& comparisons, const Judgement& judgement, double step,
                  const std::map<std::string, double>& published);

/// What the columns are.
std::string legend(const Bars& bars = {});

}  // namespace cifar_bn
