#pragma once

#include <cstddef>

namespace xgrad::kernels {

/// Numbers of one step of stochastic gradient descent, as in sgd_update().
template <class T>
struct SgdStep {
    T learning_rate;  ///< Of this step and these parameters.
    T weight_decay;   ///< 0 is none.
    T momentum;       ///< In [0, 1).
    bool nesterov;    ///< Nesterov's form.
};

/// g = gradient + weight_decay w;  v = momentum v + g;  w -= learning_rate (nesterov ? g + momentum v : v).
/// A null `velocity` is no momentum: w -= learning_rate g. All are n columns of matrices whose rows are
/// `stride` elements apart.
template <class T>
void sgd_update(std::size_t rows, std::size_t n, std::size_t stride, const SgdStep<T>& step,
                const T* gradient, T* velocity, T* w);

/// Numbers of one step of Adam, as in adam_update().
template <class T>
struct AdamStep {
    T rate;               ///< The learning rate over the bias correction of the mean.
    T shrink;             ///< What decoupled weight decay leaves of w; 1 is none.
    T weight_decay;       ///< That adds to the gradient; 0 is none.
    T beta1;              ///< What the mean keeps of itself.
    T one_minus_beta1;    ///< What it takes of the gradient; rounded once.
    T beta2;              ///< What the mean of squares keeps of itself.
    T one_minus_beta2;    ///< What it takes of the gradient's square; rounded once.
    T square_correction;  ///< The root of the bias correction of the mean of squares.
    T epsilon;            ///< Bounds the step where gradients are small.
};

/// g = gradient + weight_decay w;  mean = beta1 mean + (1 - beta1) g;  square = beta2 square + (1 - beta2)
/// g^2; w = shrink w - rate mean / (sqrt(square) / square_correction + epsilon). All are n columns of
/// matrices whose rows are `stride` elements apart.
template <class T>
void adam_update(std::size_t rows, std::size_t n, std::size_t stride, const AdamStep<T>& step,
                 const T* gradient, T* mean, T* square, T* w);

/// y[r, j] = scale[j] * images[rows_of_batch[r], j] + shift[j] for n columns of a matrix of bytes; the rows
/// of images and of y are `stride` elements apart.
template <class T>
void scale_bytes(std::size_t rows, std::size_t n, std::size_t stride, const unsigned char* images,
                 const std::size_t* rows_of_batch, const T* scale, const T* shift, T* y);

}  // namespace xgrad::kernels
