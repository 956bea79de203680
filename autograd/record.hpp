#pragma once

#include <array>
#include <tuple>
#include <vector>

#include <xgrad/autograd/detail/node.hpp>

// For those who write ops: how a result enters the tape.
namespace xgrad {

/// Whether an op broadcast an input, so that the engine sums its gradient back to the input's shape.
enum class Broadcasts : bool { no, yes };

/// Values that a backward function is given behind dy. They are copied, or moved if they are temporary, where
/// the op is recorded, and nowhere else. Until then they must live.
template <class... S>
std::tuple<S&&...> saves(S&&... values) {
    return {std::forward<S>(values)...};
}

/// One input of an op: the gradient that flows to it is `gradient(dy, saved...)`.
template <class T, class F, class... S>
struct Edge {
    /// An edge whose function saves nothing but what it captured.
    Edge(const Tensor<T>& x, F function, Broadcasts broadcast = Broadcasts::no)
        : Edge(x, std::move(function), std::tuple<>(), broadcast) {}
    /// `Edge{x, [](const auto& dy, const auto& in) { return dy / in; }, saves(x)}`.
    Edge(const Tensor<T>& x, F function, std::tuple<S...> values, Broadcasts broadcast = Broadcasts::no)
        : input(x), gradient(std::move(function)), saved(std::move(values)), broadcasts(broadcast) {}

    const Tensor<T>& input;  ///< Must outlive the edge.
    F gradient;  ///< From the gradient of the result to that of the input.
    std::tuple<S...> saved;  ///< What `gradient` is given behind dy.
    Broadcasts broadcasts;  ///< Whether the op broadcast the input.
};

/// The inputs of an op whose gradients share work; a null one is absent.
template <class T, std::size_t N>
using Inputs = std::array<const Tensor<T>*, N>;

/// Whether a tape records on this thread now: in a backward function, whether its result will be
/// differentiated in turn.
template <class T>
bool is_recording() noexcept {
    return detail::Recorder<T>::current() != nullptr;
}

/// Whether a tape records an op of these inputs: one is open, and a gradient flows to any of them.
template <class T, class... X>
bool is_recording(const Tensor<T>& first, const X&... more) {
    const detail::Recorder<T>* recorder = detail::Recorder<T>::current();
    return recorder && (recorder->needs(first) || ... || recorder->needs(more));
}

/// Refuses inputs that cannot be recorded; `record` does so, too. For an op that computes with other ops, so
/// that the error has its name.
/// @throws GraphError  an input was recorded elsewhere, or needs a tape of the other scalar type.
template <class T, class... X>
void check_inputs(const char* op, const Tensor<T>& first, const X&... more) {
    using Recorder = detail::Recorder<T>;
    if (const Recorder* recorder = Recorder::current())
        recorder->check_input(op, first), (recorder->check_input(op, more), ...);
    else if (!Recorder::innermost && (first.requires_grad() || ... || more.requires_grad())) [[unlikely]]
        Recorder::check_no_other_tape(op);
}

namespace detail {

template <class E>
concept AnEdge = requires(E edge) { edge.input, edge.gradient, edge.saved, edge.broadcasts; };

// The tape that records y, in a new entry; null where there is none, or no input needs a gradient. A null
// input is absent. Inlined, since a call is some 5 % of what a small op costs outside a tape.
template <class T, class Pointers>
[[gnu::always_inline]] inline Recorder<T>* open_entry(const char* op, const Tensor<T>& y,
                                                      const Pointers& inputs) {
    if (Recorder<T>* recorder = Recorder<T>::current())
        return recorder->open(op, y, inputs) ? recorder : nullptr;
    if (!Recorder<T>::innermost)
        for (const Tensor<T>* x : inputs)
            if (x && x->requires_grad()) [[unlikely]]
                Recorder<T>::check_no_other_tape(op);
    return nullptr;
}

template <class T, class F, class... S>
[[gnu::always_inline]] inline void add_edge(Recorder<T>& recorder, Edge<T, F, S...>& edge, unsigned input) {
    if (recorder.needs(edge.input))
        recorder.template push<EdgeNode<T, F, S...>>(recorder.target(edge.input, input, edge.broadcasts),
                                                     std::move(edge.gradient), std::move(edge.saved));
}

}  // namespace detail

/// Records y as the result of `op`, with one `Edge` per input, and returns it:
/// `record("mul", y, Edge{a, [](const auto& dy, const auto& other) { return dy * other; }, saves(b)}, …)`.
/// Outside a tape, or where no input needs a gradient, it only returns y. An edge that is not needed is
/// dropped.
/// @throws GraphError  as `check_inputs`; or y is recorded already, or a leaf that requires a gradient.
/// @throws NumericsError  y is not finite, and the tape detects anomalies.
template <class T, detail::AnEdge... E>
Tensor<T> record(const char* op, Tensor<T> y, E... edges) {
    if (auto* recorder = detail::open_entry(op, y, Inputs<T, sizeof...(E)>{&edges.input...})) {
        unsigned input = 0;
        (detail::add_edge(*recorder, edges, input++), ...);
    }
    return y;
}

/// The same for any number of inputs.
template <class T, detail::AnEdge E>
Tensor<T> record(const char* op, Tensor<T> y, std::vector<E> edges) {
    std::vector<const Tensor<T>*> inputs;
    for (const E& edge : edges) inputs.push_back(&edge.input);
    if (auto* recorder = detail::open_entry(op, y, inputs)) {
        unsigned input = 0;
        for (E& edge : edges) detail::add_edge(*recorder, edge, input++);
    }
    return y;
}

/// The joint form: `gradients(dy, needed, saved...)` returns the gradients of all inputs at once, as a
/// `std::array<Tensor<T>, N>`; `needed` is a `std::array<bool, N>`, and a gradient that is not needed may be
/// left undefined.
template <class T, std::size_t N, class F, class... S>
Tensor<T> record(const char* op, Tensor<T> y, const Inputs<T, N>& inputs, F gradients,
                 std::tuple<S...> saved = {}) {
    if (auto* recorder = detail::open_entry(op, y, inputs)) {
        std::array<detail::Target, N> targets;
        std::array<bool, N> needed{};
        for (unsigned i = 0; i < N; ++i) {
            needed[i] = inputs[i] && recorder->needs(*inputs[i]);
            if (needed[i]) targets[i] = recorder->target(*inputs[i], i, Broadcasts::no);
        }
        recorder->template push<detail::JointNode<T, N, F, S...>>(targets, needed, std::move(gradients),
                                                                  std::move(saved));
    }
    return y;
}

}  // namespace xgrad
