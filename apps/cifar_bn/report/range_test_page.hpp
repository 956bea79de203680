#pragma once

#include "cifar_bn/training/range_test.hpp"
#include "shared/page/document.hpp"

namespace cifar_bn {

/// The page of `cifar_bn range-test`.
apps::Document range_test_page(const TrainConfig& config, const RateRange& range,
                               const RangeTestRecord& record, const apps::Split& data);

}  // namespace cifar_bn
