#pragma once

#include <vector>

#include "cifar_bn/gradcheck/net_check.hpp"
#include "shared/page/document.hpp"

namespace cifar_bn {

/// Section 1: a table for each check. If `comparable` is set, published values are shown beside it where they
/// exist.
apps::Section gradient_section(const std::vector<NetCheck>& checks, const NetCheckOptions& options,
                               bool comparable);

}  // namespace cifar_bn
