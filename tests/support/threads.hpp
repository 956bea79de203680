#pragma once

#include <xgrad/core/parallel.hpp>

namespace xgrad::test {

/// Sets the number of threads, and restores it at the end of the scope.
struct Threads {
    int before = num_threads();
    explicit Threads(int count) { set_num_threads(count); }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;
    ~Threads() { set_num_threads(before); }
};

}  // namespace xgrad::test
