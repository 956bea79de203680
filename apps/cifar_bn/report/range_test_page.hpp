#pragma once

#include <xgrad/page/document.hpp>
#include "cifar_bn/training/range_test.hpp"

namespace cifar_bn {

/// The page of `cifar_bn range-test`.
xgrad::page::Document range_test_page(const TrainConfig& config, const RateRange& range,
                                      const RangeTestRecord& record, const apps::Split& data);

}  // namespace cifar_bn
