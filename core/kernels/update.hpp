#pragma once

#include <array>
#include <cstddef>
#include <tuple>

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

/// What the steps of Adam and its kin have in common. weight_decay w is added to the gradient g; then mean =
/// beta1 mean + (1 - beta1) g; square = beta2 square + (1 - beta2) g^2; the step is divided by sqrt(square) /
/// square_correction + epsilon.
template <class T>
struct Moments {
    T weight_decay;  ///< Added to the gradient as a multiple of w; 0 is none.
    T beta1;  ///< The weight of the previous mean.
    T one_minus_beta1;  ///< The weight of the gradient in the mean; rounded once.
    T beta2;  ///< The weight of the previous mean of squares.
    T one_minus_beta2;  ///< The weight of the squared gradient in the mean of squares; rounded once.
    T square_correction;  ///< The square root of the bias correction of the mean of squares.
    T epsilon;  ///< Bounds the step where gradients are small.
};

/// The numbers of one step of Adam, for update(): w = shrink w - rate mean / divisor.
template <class T>
struct AdamStep {
    T rate;  ///< The learning rate divided by the bias correction of the mean.
    T shrink;  ///< The factor of w due to decoupled weight decay; 1 is none.
    Moments<T> moments;  ///< The mean and the divisor.
    static constexpr std::size_t states = 2;  ///< mean, square
};

/// The numbers of one step of NAdam: w -= (gradient_rate g + mean_rate mean) / divisor.
template <class T>
struct NAdamStep {
    T gradient_rate;  ///< Multiplies the gradient in the step.
    T mean_rate;  ///< Multiplies the mean in the step.
    Moments<T> moments;  ///< The mean and the divisor.
    static constexpr std::size_t states = 2;  ///< mean, square
};

/// The numbers of one step of RMSprop. weight_decay w is added to the gradient g; then square = alpha square
/// + (1 - alpha) g^2; if centered, mean = alpha mean + (1 - alpha) g; g / (sqrt(square - mean^2) + epsilon)
/// is added to momentum velocity; w -= rate velocity.
template <class T, bool momentum, bool centered>
struct RmsStep {
    T rate;  ///< The learning rate.
    T weight_decay;  ///< 0 is none.
    T alpha;  ///< The weight of the previous means.
    T one_minus_alpha;  ///< The weight of the new values in the means; rounded once.
    T keep;  ///< The factor of the velocity: the momentum.
    T epsilon;  ///< Bounds the step where gradients are small.
    static constexpr std::size_t states = 1 + momentum + centered;  ///< square, velocity, mean
};

/// The numbers of one step of Adagrad. weight_decay w is added to the gradient g; then sum += g^2; w -= rate
/// g / (sqrt(sum) + epsilon).
template <class T>
struct AdagradStep {
    T rate;  ///< The learning rate.
    T weight_decay;  ///< 0 is none.
    T epsilon;  ///< Bounds the step where gradients are small.
    static constexpr std::size_t states = 1;  ///< sum
};

/// The numbers of one step of Lion: w = shrink w - rate sign(beta1 mean + (1 - beta1) g); mean = beta2 mean +
/// (1 - beta2) g.
template <class T>
struct LionStep {
    T rate;  ///< The learning rate.
    T shrink;  ///< The factor of w due to decoupled weight decay; 1 is none.
    T beta1;  ///< The weight of the mean in the step.
    T one_minus_beta1;  ///< The weight of the gradient in the step; rounded once.
    T beta2;  ///< The weight of the previous mean.
    T one_minus_beta2;  ///< The weight of the gradient in the mean; rounded once.
    static constexpr std::size_t states = 1;  ///< mean
};

/// A move of w towards a value that takes the place of its gradient, as in a running average: w += part
/// (value - w).
template <class T>
struct MoveStep {
    T part;  ///< Of the way; in [0, 1].
    static constexpr std::size_t states = 0;  ///< none
};

/// Applies a step's formula to each value w, with its gradient and its state. All arrays are n columns of
/// matrices whose rows are `stride` elements apart.
template <class S, class T>
void update(std::size_t rows, std::size_t n, std::size_t stride, const S& step, const T* gradient,
            const std::array<T*, S::states>& state, T* w);

/// update() for a kind of step.
template <class S, class T>
using Update = decltype(&update<S, T>);
/// update() for every kind of step.
template <class T>
using Updates = std::tuple<Update<AdamStep<T>, T>, Update<NAdamStep<T>, T>,
                           Update<RmsStep<T, false, false>, T>, Update<RmsStep<T, false, true>, T>,
                           Update<RmsStep<T, true, false>, T>, Update<RmsStep<T, true, true>, T>,
                           Update<AdagradStep<T>, T>, Update<LionStep<T>, T>, Update<MoveStep<T>, T>>;

/// y[r, j] = scale[j] * images[rows_of_batch[r], j] + shift[j] for n columns of a matrix of bytes. The rows
/// of images and of y are `stride` elements apart.
template <class T>
void scale_bytes(std::size_t rows, std::size_t n, std::size_t stride, const unsigned char* images,
                 const std::size_t* rows_of_batch, const T* scale, const T* shift, T* y);

}  // namespace xgrad::kernels
