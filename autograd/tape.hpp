#pragma once

#include <vector>

#include <xgrad/autograd/detail/recorder.hpp>

namespace xgrad {

/// Whether a tape looks at every value and every gradient, and stops at the first NaN or infinity.
enum class Anomaly { ignore, detect };

/// How a tape records.
struct TapeOptions {
    Anomaly anomaly = Anomaly::ignore;  ///< What it does about a NaN or an infinity.
};

/// Records, while it is alive, what is computed on this thread from Tensors that require a gradient: the
/// Wengert list (Wengert 1964; Griewank and Walther, Evaluating Derivatives, ch. 3), literally. Tapes nest;
/// the innermost one records.
template <class T = float>
class Tape {
public:
    /// Begins to record.
    explicit Tape(const TapeOptions& options = {}) : recorder_(options.anomaly) {}

    /// The number of recorded entries.
    std::size_t size() const noexcept { return recorder_.size(); }

    /// Whether it records what is computed on this thread now: the innermost tape does, unless it is paused.
    bool is_recording() const noexcept { return detail::Recorder<T>::current() == &recorder_; }

private:
    detail::Recorder<T> recorder_;
};

/// While it is alive, this thread's innermost tape records nothing: to measure a net in the middle of a step.
/// Outside a tape it is not needed.
template <class T = float>
class NoGrad {
    detail::Scoped<detail::Recorder<T>*> pause_{detail::Recorder<T>::paused, detail::Recorder<T>::innermost};
};

/// What `grad` keeps.
struct GradOptions {
    bool create_graph =
        false;  ///< Record the gradients, so that they can be differentiated in turn; keeps the tape.
    bool retain_graph = false;  ///< Keep the tape's entries, so that it can be walked again.
};

/// The gradients of the scalar y with respect to each x (a leaf, or a recorded Tensor), without touching any
/// leaf's own gradient. An x that y does not depend on has a gradient of zeros. For a y of another shape
/// differentiate `sum(seed * y)`.
/// @throws GraphError  as `Tensor::backward`, and where an x requires no gradient.
template <class T>
std::vector<Tensor<T>> grad(const Tensor<T>& y, const std::vector<Tensor<T>>& xs,
                            const GradOptions& options = {});

}  // namespace xgrad
