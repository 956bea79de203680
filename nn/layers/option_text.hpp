#pragma once

#include <string>

#include <fmt/format.h>

#include <xgrad/autograd/ops/convolution.hpp>

namespace xgrad::detail {

/// `, stride 2` or `, stride 2x1`; nothing if the option has its usual value.
inline std::string option_text(const char* name, const Pair& option, const Pair& usual) {
    if (option == usual) return "";
    return fmt::format(", {} {}", name, option.rows) +
           (option.rows == option.columns ? "" : fmt::format("x{}", option.columns));
}

}  // namespace xgrad::detail
