#include <xgrad/core/kernels/gemm.hpp>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <vector>

#include <xtensor-blas/xblas.hpp>

#include <xgrad/core/allocator.hpp>
#include <xgrad/core/error.hpp>
#include <xgrad/core/kernels/narrow_gemm.hpp>
#include <xgrad/core/parallel.hpp>

// xtensor-blas declares a part of cblas.h that lacks these, and cblas.h itself cannot be included alongside.
extern "C" {
void openblas_set_num_threads(int);
char* openblas_get_corename();
char* openblas_get_config();
// Present if OpenBLAS chooses its kernels at run time, as Debian's does.
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

cxxblas::Transpose blas(Transpose transpose) {
    return transpose == Transpose::yes ? cxxblas::Trans : cxxblas::NoTrans;
}

// OpenBLAS's name of the best kernels for this processor; null if these are its fallback anyway.
const char* capable_core() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "SKYLAKEX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "HASWELL";
#endif
    return nullptr;
}

// OpenBLAS 0.3.21 identifies processors by model number. On a newer one it falls back to its SSE3 kernels
// ("Prescott"), which are six to ten times slower than the best that the processor can run. In this case,
// make it choose again, with the kernels named. If it knows the processor, its own choice stands;
// $OPENBLAS_CORETYPE overrides both.
void choose_blas_core() {
    const char* core = capable_core();
    if (!core || !gotoblas_dynamic_init || !gotoblas_dynamic_quit) return;
    if (std::getenv("OPENBLAS_CORETYPE") || std::string_view(openblas_get_corename()) != "Prescott") return;
    ::setenv("OPENBLAS_CORETYPE", core, 1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    ::unsetenv("OPENBLAS_CORETYPE");
}

// Runs before the first product. xgrad has its own threads: on small products, OpenBLAS's cost more than they
// gain.
[[maybe_unused]] const bool configured = (choose_blas_core(), openblas_set_num_threads(1), true);

// How C is computed.
enum class Route { dot_products, outer_products, blas };

// OpenBLAS is made for large matrices, and has kernels for very small ones. In between, if one side of C is
// narrow and there is enough work, xgrad's own kernels are faster. The measurements behind these thresholds
// are in docs/performance.md (benchmarks/bench_gemm).
Route choose(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k) {
    constexpr std::size_t narrow = 64, least_rows = 4, least_work = 1 << 19, long_dot = 256;
    if (std::min(m, n) > narrow || m < least_rows || m * n * k < least_work) return Route::blas;
    if (transpose_a == Transpose::no && transpose_b == Transpose::yes)
        return k >= long_dot ? Route::dot_products : Route::blas;
    return Route::outer_products;
}

}  // namespace

namespace kernels {
namespace {

constexpr std::size_t work_of_a_thread = 1 << 18;  // multiplications that justify another thread

template <class T>
void blas_gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
               const T* a, std::size_t lda, const T* b, std::size_t ldb, bool accumulate, T* c,
               std::size_t ldc) {
    cxxblas::gemm<xt::blas_index_t>(cxxblas::RowMajor, blas(transpose_a), blas(transpose_b), index(m),
                                    index(n), index(k), T{1}, a, index(lda), b, index(ldb),
                                    accumulate ? T{1} : T{0}, c, index(ldc));
}

// Sums over one stretch of k after the other. C gets the same bits whether each stretch is added to it at
// once, or threads compute separate stretches and their sums are added at the end. Thus each thread reads its
// own columns of A and B. They are the same columns as in the gradient of B and in its update, and stay in
// the thread's cache.
template <class T>
void dot_products_in_stretches(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                               const T* b, std::size_t ldb, bool accumulate, T* c, std::size_t ldc) {
    constexpr std::size_t longest = 3072 / sizeof(T);  // 3 KB of each row in the first-level cache
    constexpr std::size_t multiple =
        16;  // of the registers' widths, so that only the last stretch has a rest
    const auto ceiling = [](std::size_t x, std::size_t divisor) { return (x + divisor - 1) / divisor; };
    const std::size_t length = ceiling(ceiling(k, ceiling(k, longest)), multiple) * multiple;
    const std::size_t stretches = ceiling(k, length);
    const auto multiply = [&](std::size_t stretch, bool add, T* to, std::size_t ld) {
        const std::size_t first = stretch * length;
        dot_product_gemm(m, n, std::min(length, k - first), a + first, lda, b + first, ldb, add, to, ld);
    };
    const std::size_t grain = work_of_a_thread / (m * n * length) + 1;
    if (stretches < 2 * grain || !has_idle_threads()) {
        for (std::size_t stretch = 0; stretch < stretches; ++stretch)
            multiply(stretch, accumulate || stretch > 0, c, ldc);
        return;
    }
    std::vector<T, RecyclingAllocator<T>> sums(stretches * m * n);
    parallel_for(stretches, grain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t stretch = begin; stretch < end; ++stretch)
            multiply(stretch, false, sums.data() + stretch * m * n, n);
    });
    for (std::size_t i = 0; i < m; ++i) {
        T* row = c + i * ldc;
        const T* first = sums.data() + i * n;
        for (std::size_t j = 0; j < n; ++j) row[j] = accumulate ? row[j] + first[j] : first[j];
        for (std::size_t stretch = 1; stretch < stretches; ++stretch)
            for (std::size_t j = 0; j < n; ++j) row[j] += first[stretch * m * n + j];
    }
}

}  // namespace

template <class T>
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          const T* a, std::size_t lda, const T* b, std::size_t ldb, bool accumulate, T* c, std::size_t ldc) {
    if (m == 0 || n == 0) return;
    for (const std::size_t extent : {m, n, k}) index(extent);
    if (k == 0) {  // empty sums; the operands may be null
        for (std::size_t i = 0; i < m && !accumulate; ++i) std::fill_n(c + i * ldc, n, T{0});
        return;
    }
    const Route route = choose(transpose_a, transpose_b, m, n, k);
    if (route == Route::dot_products)
        return dot_products_in_stretches(m, n, k, a, lda, b, ldb, accumulate, c, ldc);
    // Each thread computes some rows of C, or some columns.
    const Strides a_strides = transpose_a == Transpose::no ? Strides{lda, 1} : Strides{1, lda};
    const Strides b_strides = transpose_b == Transpose::no ? Strides{ldb, 1} : Strides{1, ldb};
    const auto part = [&](std::size_t i, std::size_t rows, std::size_t j, std::size_t columns) {
        const T* from_a = a + i * a_strides.row;
        const T* from_b = b + j * b_strides.column;
        T* to = c + i * ldc + j;
        if (route == Route::outer_products)
            outer_product_gemm(rows, columns, k, from_a, a_strides, from_b, b_strides, accumulate, to, ldc);
        else
            blas_gemm(transpose_a, transpose_b, rows, columns, k, from_a, lda, from_b, ldb, accumulate, to,
                      ldc);
    };
    const std::size_t side = std::max(m, n);
    parallel_for(side, work_of_a_thread / std::max<std::size_t>(1, std::min(m, n) * k) + 1,
                 [&](std::size_t begin, std::size_t end) {
                     if (m >= n)
                         part(begin, end - begin, 0, n);
                     else
                         part(0, m, begin, end - begin);
                 });
}

template void gemm(Transpose, Transpose, std::size_t, std::size_t, std::size_t, const float*, std::size_t,
                   const float*, std::size_t, bool, float*, std::size_t);
template void gemm(Transpose, Transpose, std::size_t, std::size_t, std::size_t, const double*, std::size_t,
                   const double*, std::size_t, bool, double*, std::size_t);

}  // namespace kernels

const char* blas_core() { return openblas_get_corename(); }
const char* blas_config() { return openblas_get_config(); }

}  // namespace xgrad
