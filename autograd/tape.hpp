#pragma once

#include <vector>

#include <xgrad/autograd/detail/recorder.hpp>

namespace xgrad {

/// Whether a tape checks every value and what each op contributes to a gradient, and throws at the first NaN
/// or infinity.
enum class Anomaly { ignore, detect };

/// How a tape records.
struct TapeOptions {
    Anomaly anomaly = Anomaly::ignore;  ///< What to do about a NaN or an infinity.
};

/// Records, while it is alive, what this thread computes from Tensors that require a gradient. The record is
/// a Wengert list (Wengert 1964; Griewank and Walther, Evaluating Derivatives, ch. 3). Tapes nest; the
/// innermost one records.
template <class T = float>
class Tape {
public:
    /// Starts recording.
    explicit Tape(const TapeOptions& options = {}) : recorder_(options.anomaly) {}

    /// The number of recorded entries.
    std::size_t size() const noexcept { return recorder_.size(); }

    /// Whether this tape is recording on this thread: the innermost tape is, unless it is paused.
    bool is_recording() const noexcept { return detail::Recorder<T>::current() == &recorder_; }

private:
    detail::Recorder<T> recorder_;
};

/// Pauses this thread's innermost tape while it is alive, for example to evaluate a net in the middle of a
/// training step. Not needed outside a tape.
template <class T = float>
class NoGrad {
    detail::Scoped<detail::Recorder<T>*> pause_{detail::Recorder<T>::paused, detail::Recorder<T>::innermost};
};

/// What `grad` keeps.
struct GradOptions {
    /// Record the computation of the gradients so that they can be differentiated in turn; also keeps the
    /// tape.
    bool create_graph = false;
    bool retain_graph = false;  ///< Keep the tape's entries, so that it can be walked again.
};

/// The gradients of the scalar y with respect to each x (a leaf or a recorded Tensor). The leaves' own
/// gradients do not change. If y does not depend on an x, the gradient is zero. For a y that is not a scalar,
/// differentiate `sum(seed * y)`.
/// @throws GraphError  as for `Tensor::backward`, and if an x requires no gradient.
template <class T>
std::vector<Tensor<T>> grad(const Tensor<T>& y, const std::vector<Tensor<T>>& xs,
                            const GradOptions& options = {});

}  // namespace xgrad
