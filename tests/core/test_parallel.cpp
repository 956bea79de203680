#include <xgrad/core/parallel.hpp>

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>

using namespace xgrad;

TEST_CASE("num_threads: 1 until it is set") { CHECK(num_threads() == 1); }

TEST_CASE("set_num_threads: changes the count, and refuses less than 1") {
    set_num_threads(2);
    CHECK(num_threads() == 2);
    CHECK_THROWS_WITH_AS(set_num_threads(0), "set_num_threads: expected at least 1 thread, got 0", ValueError);
    CHECK(num_threads() == 2);
    set_num_threads(1);
    CHECK(num_threads() == 1);
}

TEST_CASE("blas_core: names the processor's kernels") { CHECK_FALSE(std::string(blas_core()).empty()); }

#if defined(__x86_64__)
TEST_CASE("blas_core: no fallback to SSE3 kernels on a processor with AVX2 and FMA, known to OpenBLAS or not") {
    if (std::getenv("OPENBLAS_CORETYPE") || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;
    CHECK(std::string(blas_core()) != "Prescott");
}
#endif
