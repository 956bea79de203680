#pragma once

#include <map>
#include <string>
#include <vector>

#include "cifar_bn/gradcheck/net_check.hpp"

namespace cifar_bn {

/// The differences that the report gives for its net, by parameter; empty for any other net.
std::map<std::string, double> published_figures(const NetCheckOptions& options, std::size_t images);

/// One line for each parameter, the entries at a kink, and what failed.
std::string table(const std::vector<ParameterGradients>& gradients, const Judgement& judgement, double step,
                  const std::map<std::string, double>& published);

/// What the columns are.
std::string legend(const Bars& bars = {});

}  // namespace cifar_bn
