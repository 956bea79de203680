#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "program.hpp"

namespace xgrad::programs {

struct SearchOptions {
    int count = 2000;  ///< Number of programs, of increasing size.
    std::uint64_t seed = 1;
};

/// The result of a search.
struct Finding {
    /// A report on the smallest failing program and how to find it again; empty if all programs agree.
    std::string report;
    Program program;     ///< The smallest failing program.
    double largest = 0;  ///< The largest relative difference from the oracle.
};

/// Compares random programs of these ops with the oracle, and shrinks the first failing one. `observe` is
/// called for each program.
Finding search(
    const std::vector<ProgramOp>& ops, const SearchOptions& options,
    const std::function<void(const Program&)>& observe = [](const Program&) {});

}  // namespace xgrad::programs
