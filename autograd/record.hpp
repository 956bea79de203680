#pragma once

#include <array>
#include <tuple>
#include <vector>

#include <xgrad/autograd/detail/node.hpp>

// For authors of ops: records a result on the tape.
namespace xgrad {

/// Whether an op broadcast an input, so that the engine sums its gradient back to the input's shape.
enum class Broadcasts : bool { no, yes };

/// Values that a backward function receives after dy. They are copied, or moved if they are temporaries, only
/// when the op is recorded; until then they must stay alive.
template <class... S>
std::tuple<S&&...> saves(S&&... values) {
    return {std::forward<S>(values)...};
}

/// One input of an op. Its gradient is `gradient(dy, saved...)`.
template <class T, class F, class... S>
struct Edge {
    /// An edge whose function needs no saved values beyond its captures.
    Edge(const Tensor<T>& x, F function, Broadcasts broadcast = Broadcasts::no)
        : Edge(x, std::move(function), std::tuple<>(), broadcast) {}
    /// An edge with saved values:
    /// `Edge{x, [](const auto& dy, const auto& in) { return dy / in; }, saves(x)}`.
    Edge(const Tensor<T>& x, F function, std::tuple<S...> values, Broadcasts broadcast = Broadcasts::no)
        : input(x), gradient(std::move(function)), saved(std::move(values)), broadcasts(broadcast) {}

    const Tensor<T>& input;  ///< Must outlive the edge.
    F gradient;  ///< Maps the gradient of the result to the gradient of the input.
    std::tuple<S...> saved;  ///< The arguments of `gradient` after dy.
    Broadcasts broadcasts;  ///< Whether the op broadcast the input.
};

/// The inputs of an op whose gradients share work; a null pointer is an absent input.
template <class T, std::size_t N>
using Inputs = std::array<const Tensor<T>*, N>;

/// Whether a tape is recording on this thread. Inside a backward function: whether its result will be
/// differentiated in turn.
template <class T>
bool is_recording() noexcept {
    return detail::Recorder<T>::current() != nullptr;
}

/// Whether a tape records an op of these inputs: a tape is recording, and at least one input needs a
/// gradient.
template <class T, class... X>
bool is_recording(const Tensor<T>& first, const X&... more) {
    const detail::Recorder<T>* recorder = detail::Recorder<T>::current();
    return recorder && (recorder->needs(first) || ... || recorder->needs(more));
}

/// Rejects inputs that cannot be recorded, as `record` does.
/// @throws GraphError  an input was recorded by another tape, or needs a tape of the other scalar type.
template <class T, class... X>
void check_inputs(const char* op, const Tensor<T>& first, const X&... more) {
    using Recorder = detail::Recorder<T>;
    if (detail::composed_op) op = detail::composed_op;
    if (const Recorder* recorder = Recorder::current())
        recorder->check_input(op, first), (recorder->check_input(op, more), ...);
    else if (!Recorder::innermost && (first.requires_grad() || ... || more.requires_grad())) [[unlikely]]
        Recorder::check_no_other_tape(op);
}

/// An op composed of other ops: rejects inputs that cannot be recorded, as `record` does, and while it is
/// alive, what is recorded bears the name of this op in errors; of nested ones that of the outermost. (A tape
/// that detects anomalies judges what is computed on the way, too.)
class ComposedOp {
public:
    /// @throws GraphError  as for `check_inputs`.
    template <class T, class... X>
    explicit ComposedOp(const char* op, const Tensor<T>& first, const X&... more)
        : name_(detail::composed_op, detail::composed_op ? detail::composed_op : op) {
        check_inputs(op, first, more...);
    }

private:
    detail::Scoped<const char*> name_;
};

namespace detail {

template <class E>
concept AnEdge = requires(E edge) { edge.input, edge.gradient, edge.saved, edge.broadcasts; };

// Opens a tape entry for y and returns the recorder; null if no tape is recording, or no input needs a
// gradient. A null input is absent. Inlined because a call would cost about 5 % of a small op outside a tape.
template <class T, class Pointers>
[[gnu::always_inline]] inline Recorder<T>* open_entry(const char* op, const Tensor<T>& y,
                                                      const Pointers& inputs) {
    if (Recorder<T>* recorder = Recorder<T>::current())
        return recorder->open(op, y, inputs) ? recorder : nullptr;
    if (!Recorder<T>::innermost)
        for (const Tensor<T>* x : inputs)
            if (x && x->requires_grad()) [[unlikely]]
                Recorder<T>::check_no_other_tape(composed_op ? composed_op : op);
    return nullptr;
}

template <class T, class F, class... S>
[[gnu::always_inline]] inline void add_edge(Recorder<T>& recorder, Edge<T, F, S...>& edge, unsigned input) {
    if (recorder.needs(edge.input))
        recorder.template push<EdgeNode<T, F, S...>>(recorder.target(edge.input, input, edge.broadcasts),
                                                     std::move(edge.gradient), std::move(edge.saved));
}

template <class V, class X, std::size_t N>
std::array<V, N> as_many_as(const std::array<X, N>&) {
    return {};
}
template <class V, class X>
std::vector<V> as_many_as(const std::vector<X>& list) {
    return std::vector<V>(list.size());
}

template <class T, class Pointers, class F, class... S>
[[gnu::always_inline]] inline void record_joint(const char* op, const Tensor<T>& y, const Pointers& inputs,
                                                F& gradients, std::tuple<S...>& saved) {
    Recorder<T>* recorder = open_entry(op, y, inputs);
    if (!recorder) return;
    auto targets = as_many_as<Target>(inputs);
    auto needed = as_many_as<bool>(inputs);
    for (unsigned i = 0; i < inputs.size(); ++i) {
        needed[i] = inputs[i] && recorder->needs(*inputs[i]);
        if (needed[i]) targets[i] = recorder->target(*inputs[i], i, Broadcasts::no);
    }
    recorder->template push<JointNode<T, decltype(targets), decltype(needed), F, S...>>(
        std::move(targets), std::move(needed), std::move(gradients), std::move(saved));
}

}  // namespace detail

/// Records y as the result of `op`, with one `Edge` per input, and returns it:
/// `record("mul", y, Edge{a, [](const auto& dy, const auto& other) { return dy * other; }, saves(b)}, …)`.
/// Outside a tape, or if no input needs a gradient, it only returns y. Edges that are not needed are dropped.
/// @throws GraphError  as for `check_inputs`; or y is already recorded, or is a leaf that requires a
/// gradient.
/// @throws NumericsError  y is not finite, and the tape detects anomalies.
template <class T, detail::AnEdge... E>
Tensor<T> record(const char* op, Tensor<T> y, E... edges) {
    if (auto* recorder = detail::open_entry(op, y, Inputs<T, sizeof...(E)>{&edges.input...})) {
        unsigned input = 0;
        (detail::add_edge(*recorder, edges, input++), ...);
    }
    return y;
}

/// The same for a number of inputs known only at run time.
template <class T, detail::AnEdge E>
Tensor<T> record(const char* op, Tensor<T> y, std::vector<E> edges) {
    std::vector<const Tensor<T>*> inputs;
    inputs.reserve(edges.size());
    for (const E& edge : edges) inputs.push_back(&edge.input);
    if (auto* recorder = detail::open_entry(op, y, inputs)) {
        unsigned input = 0;
        for (E& edge : edges) detail::add_edge(*recorder, edge, input++);
    }
    return y;
}

/// The joint form: `gradients(dy, needed, saved...)` returns the gradients of all inputs at once, as a
/// `std::array<Tensor<T>, N>`. `needed` is a `std::array<bool, N>`; a gradient that is not needed may be left
/// undefined.
template <class T, std::size_t N, class F, class... S>
Tensor<T> record(const char* op, Tensor<T> y, const Inputs<T, N>& inputs, F gradients,
                 std::tuple<S...> saved = {}) {
    detail::record_joint(op, y, inputs, gradients, saved);
    return y;
}

/// The same for a number of inputs known only at run time: the gradients are a `std::vector<Tensor<T>>`, and
/// `needed` is a `std::vector<bool>`.
template <class T, class F, class... S>
Tensor<T> record(const char* op, Tensor<T> y, const std::vector<const Tensor<T>*>& inputs, F gradients,
                 std::tuple<S...> saved = {}) {
    detail::record_joint(op, y, inputs, gradients, saved);
    return y;
}

}  // namespace xgrad
