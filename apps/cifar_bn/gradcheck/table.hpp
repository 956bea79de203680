#pragma once

#include <map>
#include <string>
#include <vector>

#include "cifar_bn/gradcheck/net_check.hpp"

namespace cifar_bn {

/// The published differences for the report's net, by parameter; empty for any other net.
std::map<std::string, double> published_figures(const NetCheckOptions& options, std::size_t images);

/// A table with one line per parameter, followed by the entries at a kink and the failures.
std::string table(const std::vector<ParameterGradients>& gradients, const Judgement& judgement, double step,
                  const std::map<std::string, double>& published);

/// The explanation of the columns.
std::string legend(const Bars& bars = {});

}  // namespace cifar_bn
