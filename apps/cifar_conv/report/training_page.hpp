#pragma once

#include <xgrad/page/document.hpp>
#include "cifar_conv/training/config.hpp"
#include "cifar_conv/training/record.hpp"
#include "shared/data/data_source.hpp"

namespace cifar_conv {

/// The page of one training, which may be running: its curves, its last epoch and, at its end, the classes.
xgrad::page::Document training_page(const Config& config, const Record& record, const apps::Split& data);

}  // namespace cifar_conv
