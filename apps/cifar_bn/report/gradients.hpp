#pragma once

#include <vector>

#include "cifar_bn/gradcheck/net_check.hpp"
#include "shared/page/document.hpp"

namespace cifar_bn {

/// Section 1: each check as a table, beside the published one where there is one and `comparable` is set.
apps::Section gradient_section(const std::vector<NetCheck>& checks, const NetCheckOptions& options,
                               bool comparable);

}  // namespace cifar_bn
