#pragma once

#include <xgrad/core/isa.hpp>
#include <xgrad/core/kernels/elementwise.hpp>
#include <xgrad/core/kernels/implicit_gemm.hpp>
#include <xgrad/core/kernels/narrow_correlation.hpp>
#include <xgrad/core/kernels/narrow_gemm.hpp>
#include <xgrad/core/kernels/normalization.hpp>
#include <xgrad/core/kernels/reduce.hpp>
#include <xgrad/core/kernels/softmax.hpp>
#include <xgrad/core/kernels/update.hpp>
#include <xgrad/core/kernels/winograd.hpp>

namespace xgrad::kernels {

/// The sums over a channel of dy and of dy xhat.
struct ChannelGradientSums {
    double dy, product;
};

/// The kernels compiled for one instruction set. The functions of the same names in dispatch.cpp call those
/// of the current instruction set.
template <class T>
struct Table {
    decltype(&kernels::unary<T>) unary;
    decltype(&kernels::unary_gradient<T>) unary_gradient;
    decltype(&kernels::loss<T>) loss;
    decltype(&kernels::loss_sum<T>) loss_sum;
    decltype(&kernels::loss_gradients<T>) loss_gradients;
    decltype(&kernels::binary<T>) binary;
    decltype(&kernels::select<T>) select;
    decltype(&kernels::repeat_row<T>) repeat_row;
    decltype(&kernels::all_finite<T>) all_finite;

    decltype(&kernels::sum<T>) sum;
    decltype(&kernels::sum_of_squares<T>) sum_of_squares;
    decltype(&kernels::dot<T>) dot;
    decltype(&kernels::sum_rows<T>) sum_rows;
    decltype(&kernels::sum_columns<T>) sum_columns;
    decltype(&kernels::reduce_rows<T>) reduce_rows;
    decltype(&kernels::reduce_columns<T>) reduce_columns;
    decltype(&kernels::window_maxima<T>) window_maxima;
    decltype(&kernels::sum_byte_columns) sum_byte_columns;

    decltype(&kernels::softmax_rows<T>) softmax_rows;
    decltype(&kernels::log_softmax_rows<T>) log_softmax_rows;
    decltype(&kernels::softmax_gradient<T>) softmax_gradient;
    decltype(&kernels::log_softmax_gradient<T>) log_softmax_gradient;
    decltype(&kernels::logsumexp_rows<T>) logsumexp_rows;
    // Of some of `batch` rows: their losses, and the gradient of the mean.
    void (*cross_entropy_rows)(std::size_t batch, std::size_t rows, std::size_t n, const T* logits,
                               const std::int32_t* labels, double* losses, T* gradient);

    decltype(&kernels::column_statistics<T>) column_statistics;
    decltype(&kernels::batch_norm<T>) batch_norm;
    decltype(&kernels::batch_norm_gradients<T>) batch_norm_gradients;
    // Of columns, whose rows are `stride` apart: what channel_sums() and those behind it compute.
    void (*column_sums)(std::size_t rows, std::size_t n, std::size_t stride, const T* x, double* sums);
    void (*column_squares)(std::size_t rows, std::size_t n, std::size_t stride, const T* x,
                           const double* means, double* sums);
    void (*column_gradient_sums)(std::size_t rows, std::size_t n, std::size_t stride, const T* x,
                                 const T* mean, const T* inverse_deviation, const T* dy, double* sums,
                                 double* products);
    void (*column_gradient)(std::size_t rows, std::size_t n, std::size_t stride, const T* x, const T* mean,
                            const T* inverse_deviation, const T* gamma, const T* dy, const T* mean_dy,
                            const T* mean_product, T* dx);
    // Of one channel, whose images are `stride` apart.
    void (*channel_norm)(std::size_t batch, std::size_t plane, std::size_t stride, const T* x, double epsilon,
                         T gamma, T beta, Activation activation, T* y, T* mean, T* variance,
                         T* inverse_deviation);
    void (*channel_scale)(std::size_t batch, std::size_t plane, std::size_t stride, const T* x, T mean,
                          T inverse_deviation, T gamma, T beta, Activation activation, T* y);
    double (*channel_sum)(std::size_t batch, std::size_t plane, std::size_t stride, const T* x);
    double (*channel_squares)(std::size_t batch, std::size_t plane, std::size_t stride, const T* x,
                              double mean);
    ChannelGradientSums (*channel_gradient_sums)(std::size_t batch, std::size_t plane, std::size_t stride,
                                                 const T* x, T mean, T inverse_deviation, T gamma, T beta,
                                                 Activation activation, const T* dy);
    void (*channel_gradient)(std::size_t batch, std::size_t plane, std::size_t stride, const T* x, T mean,
                             T inverse_deviation, T gamma, T beta, Activation activation, const T* dy,
                             T mean_dy, T mean_product, T* dx);
    decltype(&kernels::layer_norm<T>) layer_norm;
    decltype(&kernels::layer_norm_gradient<T>) layer_norm_gradient;
    decltype(&kernels::layer_norm_parameter_gradients<T>) layer_norm_parameter_gradients;

    decltype(&kernels::sgd_update<T>) sgd_update;
    Updates<T> updates;
    decltype(&kernels::scale_bytes<T>) scale_bytes;

    decltype(&kernels::dot_product_gemm<T>) dot_product_gemm;
    decltype(&kernels::outer_product_gemm<T>) outer_product_gemm;
    // Of n columns of B and C, whose rows are `ldb` apart; those of A are `lda` apart.
    void (*sum_outer_products)(std::size_t m, std::size_t lda, std::size_t n, std::size_t ldb,
                               std::size_t count, const OuterProduct<T>* pairs, T* c);
    decltype(&kernels::implicit_gemm<T>) implicit_gemm;
    decltype(&kernels::transpose_matrix<T>) transpose_matrix;
    decltype(&kernels::copy_rows<T>) copy_rows;
    decltype(&kernels::narrow_correlation<T>) narrow_correlation;

    decltype(&kernels::winograd_filters<T>) winograd_filters;
    decltype(&kernels::winograd_elements<T>) winograd_elements;
    decltype(&kernels::winograd_results<T>) winograd_results;
    decltype(&kernels::winograd_result_gradients<T>) winograd_result_gradients;
    decltype(&kernels::winograd_filter_gradients<T>) winograd_filter_gradients;
};

/// The kernels of one of usable_isas(). The set's table<T>() in table.cpp makes it; each source adds its own.
template <class T>
Table<T> table(Isa isa);

}  // namespace xgrad::kernels
