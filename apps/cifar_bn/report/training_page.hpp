#pragma once

#include <xgrad/page/document.hpp>
#include "cifar_bn/training/config.hpp"
#include "cifar_bn/training/record.hpp"
#include "shared/data/data_source.hpp"

namespace cifar_bn {

/// The page of one training, which may be running: its curves, its last snapshot and, at its end, the
/// classes.
xgrad::page::Document training_page(const TrainConfig& config, const TrainRecord& record,
                                    const apps::Split& data);

}  // namespace cifar_bn
