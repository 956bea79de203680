#include <xgrad/core/kernels/gemm.hpp>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string_view>

#include <xtensor-blas/xblas.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>

// Not in cblas.h's part that xtensor-blas declares, and cblas.h itself cannot be included beside it.
extern "C" {
void openblas_set_num_threads(int);
int openblas_get_num_threads();
char* openblas_get_corename();
// Present where OpenBLAS chooses its kernels at run time, as in Debian.
[[gnu::weak]] void gotoblas_dynamic_init();
[[gnu::weak]] void gotoblas_dynamic_quit();
}

namespace xgrad {
namespace {

xt::blas_index_t index(std::size_t value) {
    if (value > static_cast<std::size_t>(std::numeric_limits<xt::blas_index_t>::max()))
        fail<ShapeError>("matmul", "an extent of " + std::to_string(value) + " is more than BLAS can index");
    return static_cast<xt::blas_index_t>(value);
}

cxxblas::Transpose blas(Transpose transpose) { return transpose == Transpose::yes ? cxxblas::Trans : cxxblas::NoTrans; }

// The kernels for what this processor can do, in OpenBLAS's words; null where they are its fallback anyway.
const char* capable_core() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return "SKYLAKEX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "HASWELL";
#endif
    return nullptr;
}

// OpenBLAS 0.3.21 knows processors by their model numbers. On a newer one it falls back to its kernels for SSE3 ("Prescott"), which
// are six to ten times slower than those that the processor can run: let it choose again, told what to take. Its own answer stands
// where it knows the processor, and $OPENBLAS_CORETYPE above all.
void choose_blas_core() {
    const char* core = capable_core();
    if (!core || !gotoblas_dynamic_init || !gotoblas_dynamic_quit) return;
    if (std::getenv("OPENBLAS_CORETYPE") || std::string_view(openblas_get_corename()) != "Prescott") return;
    ::setenv("OPENBLAS_CORETYPE", core, 1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    ::unsetenv("OPENBLAS_CORETYPE");
}

// Before any product is asked for. OpenBLAS starts with one thread per core, which costs more than it brings on small products.
[[maybe_unused]] const bool configured = (choose_blas_core(), openblas_set_num_threads(1), true);

}  // namespace

namespace kernels {

template <class T>
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k, T alpha, const T* a, std::size_t lda,
          const T* b, std::size_t ldb, T beta, T* c, std::size_t ldc) {
    if (m == 0 || n == 0) return;
    const auto at_least_one = [](std::size_t stride) { return index(std::max<std::size_t>(1, stride)); };
    cxxblas::gemm<xt::blas_index_t>(cxxblas::RowMajor, blas(transpose_a), blas(transpose_b), index(m), index(n), index(k), alpha, a,
                                    at_least_one(lda), b, at_least_one(ldb), beta, c, at_least_one(ldc));
}

template void gemm(Transpose, Transpose, std::size_t, std::size_t, std::size_t, float, const float*, std::size_t, const float*, std::size_t,
                   float, float*, std::size_t);
template void gemm(Transpose, Transpose, std::size_t, std::size_t, std::size_t, double, const double*, std::size_t, const double*,
                   std::size_t, double, double*, std::size_t);

}  // namespace kernels

void set_num_threads(int count) {
    if (count < 1) fail<ValueError>("set_num_threads", "expected at least 1 thread, got " + std::to_string(count));
    openblas_set_num_threads(count);
}

int num_threads() { return openblas_get_num_threads(); }

const char* blas_core() { return openblas_get_corename(); }

}  // namespace xgrad
