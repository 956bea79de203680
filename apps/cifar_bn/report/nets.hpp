#pragma once

#include <string>
#include <vector>

#include <xgrad/page/document.hpp>
#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/gradcheck/net_check.hpp"

#include <xgrad/core/array.hpp>
#include <xgrad/data/dataset.hpp>
#include <xgrad/nn/metrics.hpp>

namespace cifar_bn {

/// Section 1: a table for each check. If `comparable` is set, published values are shown beside it where they
/// exist.
xgrad::page::Section gradient_section(const std::vector<NetCheck>& checks, const NetCheckOptions& options,
                                      bool comparable);

/// The statistics of the layers during training, without and with batch norm.
xgrad::page::Section layers_section(const Trials& without, const Trials& with);

/// Per-class accuracy, confusion matrix and first layer of a net. @param first_layer  (units, features)
xgrad::page::Section best_net_section(const std::string& name, const JobResult& result,
                                      const xgrad::Array<float>& first_layer,
                                      const std::vector<std::string>& classes,
                                      const xgrad::ImageShape& shape);

}  // namespace cifar_bn
