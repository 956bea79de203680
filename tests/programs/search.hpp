#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "program.hpp"

namespace xgrad::programs {

struct SearchOptions {
    int count = 2000;  ///< Programs, in growing size.
    std::uint64_t seed = 1;
};

/// What a search has found.
struct Finding {
    std::string
        report;  ///< Of the smallest program that fails, and how to find it again; empty if all agree.
    Program program;  ///< The smallest one that fails.
    double largest = 0;  ///< The largest relative difference to the oracle.
};

/// Compares random programs of these ops with the oracle, and shrinks the first one that fails. `observe`
/// sees each program.
Finding search(
    const std::vector<ProgramOp>& ops, const SearchOptions& options,
    const std::function<void(const Program&)>& observe = [](const Program&) {});

}  // namespace xgrad::programs
