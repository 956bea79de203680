#pragma once

#include <cstddef>
#include <cstdint>

namespace xgrad::kernels {

/// y = softmax of each row of the (rows, n) matrix x; the row's maximum is subtracted first.
template <class T>
void softmax_rows(std::size_t rows, std::size_t n, const T* x, T* y);

/// y = log(softmax) of each row of the (rows, n) matrix x, accurate where the softmax is near 0 or 1.
template <class T>
void log_softmax_rows(std::size_t rows, std::size_t n, const T* x, T* y);

/// dx = the gradient of softmax_rows() from that of its result, dy, and the result y.
template <class T>
void softmax_gradient(std::size_t rows, std::size_t n, const T* dy, const T* y, T* dx);

/// dx = the gradient of log_softmax_rows() from that of its result, dy, and the result y.
template <class T>
void log_softmax_gradient(std::size_t rows, std::size_t n, const T* dy, const T* y, T* dx);

/// y[r] = log(sum(exp(row r))) of the (rows, n) matrix x, without overflow; -inf for n = 0.
template <class T>
void logsumexp_rows(std::size_t rows, std::size_t n, const T* x, T* y);

/// The mean over the rows of -log softmax(logits)[label], accumulated in double, and its gradient (softmax -
/// one_hot) / rows. Every label must be in [0, n); `gradient` may be null (not needed).
template <class T>
double cross_entropy(std::size_t rows, std::size_t n, const T* logits, const std::int32_t* labels,
                     T* gradient);

}  // namespace xgrad::kernels
