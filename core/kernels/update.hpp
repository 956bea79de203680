#pragma once

#include <cstddef>

namespace xgrad::kernels {

/// The parameters of one step of stochastic gradient descent, for sgd_update().
template <class T>
struct SgdStep {
    T learning_rate;  ///< Of this step and these parameters.
    T weight_decay;  ///< 0 is none.
    T momentum;  ///< In [0, 1).
    bool nesterov;  ///< Whether to use Nesterov's form.
};

/// g = gradient + weight_decay w;  v = momentum v + g;  w -= learning_rate (nesterov ? g + momentum v : v).
/// A null `velocity` means no momentum: w -= learning_rate g. All arrays are n columns of matrices whose rows
/// are `stride` elements apart.
template <class T>
void sgd_update(std::size_t rows, std::size_t n, std::size_t stride, const SgdStep<T>& step,
                const T* gradient, T* velocity, T* w);

/// The parameters of one step of Adam, for adam_update().
template <class T>
struct AdamStep {
    T rate;  ///< The learning rate divided by the bias correction of the mean.
    T shrink;  ///< The factor of w due to decoupled weight decay; 1 is none.
    T weight_decay;  ///< Added to the gradient as a multiple of w; 0 is none.
    T beta1;  ///< The weight of the previous mean.
    T one_minus_beta1;  ///< The weight of the gradient in the mean; rounded once.
    T beta2;  ///< The weight of the previous mean of squares.
    T one_minus_beta2;  ///< The weight of the squared gradient in the mean of squares; rounded once.
    T square_correction;  ///< The square root of the bias correction of the mean of squares.
    T epsilon;  ///< Bounds the step where gradients are small.
};

/// g = gradient + weight_decay w; mean = beta1 mean + (1 - beta1) g; square = beta2 square + (1 - beta2) g^2;
/// w = shrink w - rate mean / (sqrt(square) / square_correction + epsilon). All arrays are n columns of
/// matrices whose rows are `stride` elements apart.
template <class T>
void adam_update(std::size_t rows, std::size_t n, std::size_t stride, const AdamStep<T>& step,
                 const T* gradient, T* mean, T* square, T* w);

/// y[r, j] = scale[j] * images[rows_of_batch[r], j] + shift[j] for n columns of a matrix of bytes. The rows
/// of images and of y are `stride` elements apart.
template <class T>
void scale_bytes(std::size_t rows, std::size_t n, std::size_t stride, const unsigned char* images,
                 const std::size_t* rows_of_batch, const T* scale, const T* shift, T* y);

}  // namespace xgrad::kernels
