// The public kernels: each calls what was compiled for the instruction set in force.
#include <xgrad/core/isa.hpp>
#include <xgrad/core/kernels/batch_norm.hpp>
#include <xgrad/core/kernels/elementwise.hpp>
#include <xgrad/core/kernels/narrow_gemm.hpp>
#include <xgrad/core/kernels/reduce.hpp>
#include <xgrad/core/kernels/softmax.hpp>
#include <xgrad/core/kernels/update.hpp>
#include <xgrad/core/parallel.hpp>

#ifdef XGRAD_DISPATCH
#define DECLARE(...)   \
    namespace sse2 {   \
    __VA_ARGS__;       \
    }                  \
    namespace avx2 {   \
    __VA_ARGS__;       \
    }                  \
    namespace avx512 { \
    __VA_ARGS__;       \
    }
#define CALL(...)                                     \
    switch (isa()) {                                  \
        case Isa::avx512: return avx512::__VA_ARGS__; \
        case Isa::avx2: return avx2::__VA_ARGS__;     \
        default: return sse2::__VA_ARGS__;            \
    }
#else
#include <xgrad/core/kernels/simd.hpp>
#define DECLARE(...)      \
    namespace XGRAD_ISA { \
    __VA_ARGS__;          \
    }
#define CALL(...) return XGRAD_ISA::__VA_ARGS__;
#endif

#define DISPATCH(result, name, parameters, arguments)  \
    DECLARE(template <class T> result name parameters) \
    template <class T>                                 \
    result name parameters {                           \
        CALL(name arguments)                           \
    }                                                  \
    template decltype(name<float>) name<float>;        \
    template decltype(name<double>) name<double>;

// A loop over `count` that threads share in parts of at least `grain`; `arguments` are those of the part from
// `begin` to `end`.
#define DISPATCH_PARTS(name, parameters, count, grain, arguments)                                     \
    DECLARE(template <class T> void name parameters)                                                  \
    template <class T>                                                                                \
    void name parameters {                                                                            \
        parallel_for(count, grain, [&](std::size_t begin, std::size_t end) { CALL(name arguments) }); \
    }                                                                                                 \
    template decltype(name<float>) name<float>;                                                       \
    template decltype(name<double>) name<double>;

namespace xgrad::kernels {
namespace {

// Elements that are worth another thread (docs/performance.md).
constexpr std::size_t grain = 1 << 15;

}  // namespace

DISPATCH_PARTS(unary, (Unary op, std::size_t n, const T* x, T* y), n, grain,
               (op, end - begin, x + begin, y + begin))
DISPATCH_PARTS(binary, (Binary op, std::size_t n, const T* a, Step a_step, const T* b, Step b_step, T* y), n,
               grain,
               (op, end - begin, a + static_cast<std::size_t>(a_step) * begin, a_step,
                b + static_cast<std::size_t>(b_step) * begin, b_step, y + begin))
DISPATCH(void, repeat_row, (std::size_t rows, std::size_t n, const T* x, T* y), (rows, n, x, y))
DISPATCH(bool, all_finite, (std::size_t n, const T* x), (n, x))

DISPATCH(void, sum_rows, (std::size_t rows, std::size_t n, const T* x, T* y, double scale),
         (rows, n, x, y, scale))
DISPATCH(void, sum_columns, (std::size_t rows, std::size_t n, const T* x, T* y, double scale),
         (rows, n, x, y, scale))
DISPATCH(double, sum_of_squares, (std::size_t n, const T* x), (n, x))
DISPATCH(void, reduce_rows, (RowReduction op, std::size_t rows, std::size_t n, const T* x, T* y),
         (op, rows, n, x, y))

DISPATCH(void, softmax_rows, (std::size_t rows, std::size_t n, const T* x, T* y), (rows, n, x, y))
DISPATCH(double, cross_entropy,
         (std::size_t rows, std::size_t n, const T* logits, const std::int32_t* labels, T* gradient),
         (rows, n, logits, labels, gradient))

DISPATCH(void, column_statistics, (std::size_t rows, std::size_t n, const T* x, T* mean, T* variance),
         (rows, n, x, mean, variance))
DISPATCH(void, batch_norm,
         (std::size_t rows, std::size_t n, const T* x, const T* mean, const T* inverse_deviation,
          const T* gamma, const T* beta, T* y),
         (rows, n, x, mean, inverse_deviation, gamma, beta, y))
DISPATCH(void, batch_norm_gradients,
         (std::size_t rows, std::size_t n, const T* x, const T* mean, const T* inverse_deviation,
          const T* gamma, const T* dy, T* dx, T* dgamma, T* dbeta),
         (rows, n, x, mean, inverse_deviation, gamma, dy, dx, dgamma, dbeta))

// Threads share the columns: those of a weight are the same thread's in the products, in the update and in
// the conversion.
DISPATCH_PARTS(sgd_update,
               (std::size_t rows, std::size_t n, std::size_t stride, const SgdStep<T>& step,
                const T* gradient, T* velocity, T* w),
               n, grain / (rows + 1) + 1,
               (rows, end - begin, stride, step, gradient + begin, velocity ? velocity + begin : nullptr,
                w + begin))
DISPATCH_PARTS(adam_update,
               (std::size_t rows, std::size_t n, std::size_t stride, const AdamStep<T>& step,
                const T* gradient, T* mean, T* square, T* w),
               n, grain / (rows + 1) + 1,
               (rows, end - begin, stride, step, gradient + begin, mean + begin, square + begin, w + begin))
DISPATCH_PARTS(scale_bytes,
               (std::size_t rows, std::size_t n, std::size_t stride, const unsigned char* images,
                const std::size_t* rows_of_batch, const T* scale, const T* shift, T* y),
               n, grain / (rows + 1) + 1,
               (rows, end - begin, stride, images + begin, rows_of_batch, scale + begin, shift + begin,
                y + begin))

DISPATCH(void, dot_product_gemm,
         (std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda, const T* b,
          std::size_t ldb, bool accumulate, T* c, std::size_t ldc),
         (m, n, k, a, lda, b, ldb, accumulate, c, ldc))
DISPATCH(void, outer_product_gemm,
         (std::size_t m, std::size_t n, std::size_t k, const T* a, Strides a_strides, const T* b,
          Strides b_strides, bool accumulate, T* c, std::size_t ldc),
         (m, n, k, a, a_strides, b, b_strides, accumulate, c, ldc))

DECLARE(void sum_byte_columns(std::size_t rows, std::size_t n, const unsigned char* x,
                              unsigned long long* sums, unsigned long long* squares))
void sum_byte_columns(std::size_t rows, std::size_t n, const unsigned char* x, unsigned long long* sums,
                      unsigned long long* squares) {
    CALL(sum_byte_columns(rows, n, x, sums, squares))
}

}  // namespace xgrad::kernels
