#pragma once

#include <array>
#include <concepts>
#include <new>
#include <span>
#include <vector>

#include <xgrad/autograd/tensor.hpp>
#include <xgrad/core/arena.hpp>

namespace xgrad {

/// Whether a tape looks at every value and every gradient, and stops at the first NaN or infinity.
enum class Anomaly { ignore, detect };

/// How a tape records.
struct TapeOptions {
    Anomaly anomaly = Anomaly::ignore;  ///< What it does about a NaN or an infinity.
};

/// Whether an op broadcast an input, so that the engine sums its gradient back to the input's shape.
enum class Broadcasts : bool { no, yes };

/// One input of an op: the gradient that flows to it is `gradient(dy)`. A `gradient` without arguments
/// returns that function; it is called only where the edge is recorded, so that nowhere else a Tensor is
/// saved in vain.
template <class T, class F>
struct Edge {
    const Tensor<T>& input;  ///< Must outlive the edge.
    F gradient;  ///< From the gradient of the result to that of the input.
    Broadcasts broadcasts = Broadcasts::no;  ///< Whether the op broadcast the input.
};
/// `Edge{input, gradient}`.
template <class T, class F>
Edge(const Tensor<T>&, F) -> Edge<T, F>;
/// `Edge{input, gradient, broadcasts}`.
template <class T, class F>
Edge(const Tensor<T>&, F, Broadcasts) -> Edge<T, F>;

namespace detail {

// Where a contribution goes: to an earlier entry of the tape, or to one of its leaves.
struct Target {
    std::size_t index = 0;
    bool leaf = false;
    Broadcasts broadcasts = Broadcasts::no;
    unsigned input = 0;  // its number among the op's inputs
};

// One backward function of an entry, in the tape's arena.
template <class T>
struct Node {
    Node* next = nullptr;
    Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    virtual ~Node() = default;
    virtual void run(const Tensor<T>& dy, Walk<T>& walk) = 0;
};

// A recorded result. Its shape is in the tape's arena: the Tensor may be gone when its gradient arrives.
template <class T>
struct Entry {
    const char* op;
    Node<T>* first;
    std::uint64_t recorded_at;
    std::span<const std::size_t> shape;
};

}  // namespace detail

/// Records, while it is alive, what is computed on this thread from Tensors that require a gradient: the
/// Wengert list (Wengert 1964; Griewank and Walther, Evaluating Derivatives, ch. 3), literally. Tapes nest;
/// the innermost one records.
template <class T = float>
class Tape {
public:
    /// Begins to record.
    explicit Tape(const TapeOptions& options = {});
    ~Tape();
    Tape(const Tape&) = delete;
    Tape& operator=(const Tape&) = delete;

    /// The number of recorded entries.
    std::size_t size() const noexcept { return entries_.size(); }

    /// The tape that records on this thread now, or null.
    static Tape* current() noexcept { return innermost_ == paused_ ? nullptr : innermost_; }

    /// The tape that records `op` on these inputs, or null where there is nothing to record.
    /// @throws GraphError  an input was recorded elsewhere, or needs a tape of the other scalar type.
    template <class... X>
    static Tape* recorder(const char* op, const X&... inputs) {
        if (Tape* tape = current())
            return (static_cast<unsigned>(tape->records(op, inputs)) | ... | 0U) ? tape : nullptr;
        if (!innermost_ && ((inputs.requires_grad()) || ...)) check_no_other_tape(op);
        return nullptr;
    }

    /// Starts the entry of y, the result of `op`. @throws GraphError  y is recorded already, or a leaf that
    /// requires a gradient.
    void open(const char* op, const Tensor<T>& y);
    /// Adds the backward function of one input to the newest entry, unless the input needs no gradient.
    template <class F>
    void add_edge(Edge<T, F>& edge, unsigned input);
    /// Adds one function for all inputs to the newest entry.
    template <std::size_t N, class F>
    void add_joint(const std::array<const Tensor<T>*, N>& inputs, F gradients);

    /// Stops at a value that is not finite, where this tape detects anomalies. @throws NumericsError  names
    /// the op.
    static void check_finite(const char* op, const Tensor<T>& y) {
        if (const Tape* tape = current(); tape && tape->options_.anomaly == Anomaly::detect) [[unlikely]]
            tape->check_value(op, y);
    }

private:
    template <class>
    friend class Tape;
    template <class>
    friend class NoGrad;
    friend class detail::Walk<T>;

    bool records(const char* op, const Tensor<T>& x) const {
        if (x.body().tape != 0 && x.body().tape != id_) [[unlikely]]
            fail_recorded_elsewhere(op, x);
        return needs(x);
    }
    bool needs(const Tensor<T>& x) const { return x.body().tape == id_ || x.body().requires_grad; }
    detail::Target target(const Tensor<T>& x, unsigned input, Broadcasts broadcasts) {
        const bool leaf = x.body().tape != id_;
        std::size_t index = x.body().entry.load(std::memory_order_relaxed);
        if (leaf && (index >= leaves_.size() || !leaves_[index].is_same(x))) index = add_leaf(x);
        return {index, leaf, broadcasts, input};
    }
    std::size_t add_leaf(const Tensor<T>& x);
    template <class N, class... A>
    void push(A&&... arguments);
    void check_value(const char* op, const Tensor<T>& y) const;
    void release(detail::Entry<T>& entry) noexcept {
        for (detail::Node<T>* node = std::exchange(entry.first, nullptr); node;)
            std::exchange(node, node->next)->~Node();
    }
    void clear() noexcept;
    [[noreturn]] static void fail_recorded_elsewhere(const char* op, const Tensor<T>& x);
    static void check_no_other_tape(const char* op);
    static Tape& owner_of(const char* op, const Tensor<T>& y);

    template <class V>
    using Vector = std::vector<V, RecyclingAllocator<V>>;

    TapeOptions options_;
    std::uint64_t id_;
    Tape* outer_;
    bool walked_ = false;
    Vector<detail::Entry<T>> entries_;
    Vector<Tensor<T>> leaves_;  // of the entries; one that several threads use may be there more than once
    Arena arena_;

    inline static thread_local constinit Tape* innermost_ = nullptr;
    inline static thread_local constinit Tape* paused_ =
        nullptr;  // being walked without create_graph: records nothing
};

/// While it is alive, this thread's innermost tape records nothing: to measure a net in the middle of a step.
/// Outside a tape it is not needed.
template <class T = float>
class NoGrad {
public:
    NoGrad() : outer_(std::exchange(Tape<T>::paused_, Tape<T>::innermost_)) {}
    NoGrad(const NoGrad&) = delete;
    NoGrad& operator=(const NoGrad&) = delete;
    ~NoGrad() { Tape<T>::paused_ = outer_; }

private:
    Tape<T>* outer_;
};

/// Records y as the result of `op`, with one `Edge` per input, and returns it:
/// `record("mul", y, Edge{a, [b](const auto& dy) { return dy * b; }}, Edge{b, [a](const auto& dy) { return dy
/// * a; }})`. Outside a tape, or where no input needs a gradient, it only returns y. An edge that is not
/// needed is dropped, and what it saved with it.
template <class T, class... F>
Tensor<T> record(const char* op, Tensor<T> y, Edge<T, F>... edges) {
    Tape<T>::check_finite(op, y);
    if (Tape<T>* tape = Tape<T>::recorder(op, edges.input...)) {
        tape->open(op, y);
        unsigned input = 0;
        (tape->add_edge(edges, input++), ...);
    }
    return y;
}

/// The same for any number of inputs.
template <class T, class F>
Tensor<T> record(const char* op, Tensor<T> y, std::vector<Edge<T, F>> edges) {
    Tape<T>::check_finite(op, y);
    Tape<T>* tape = nullptr;
    for (const auto& edge : edges)
        if (Tape<T>* found = Tape<T>::recorder(op, edge.input)) tape = found;
    if (!tape) return y;
    tape->open(op, y);
    unsigned input = 0;
    for (Edge<T, F>& edge : edges) tape->add_edge(edge, input++);
    return y;
}

/// The inputs of an op whose gradients share work.
template <class T, std::size_t N>
using Inputs = std::array<const Tensor<T>*, N>;

/// The joint form: `gradients(dy, needed)` returns the gradients of all inputs at once, as a
/// `std::array<Tensor<T>, N>`; `needed` is a `std::array<bool, N>`, and a gradient that is not needed may be
/// left undefined. A null input is absent.
template <class T, std::size_t N, class F>
    requires std::invocable<F, const Tensor<T>&, const std::array<bool, N>&>
Tensor<T> record(const char* op, Tensor<T> y, const Inputs<T, N>& inputs, F gradients) {
    Tape<T>::check_finite(op, y);
    Tape<T>* tape = nullptr;
    for (const Tensor<T>* input : inputs)
        if (Tape<T>* found = input ? Tape<T>::recorder(op, *input) : nullptr) tape = found;
    if (!tape) return y;
    tape->open(op, y);
    tape->add_joint(inputs, std::move(gradients));
    return y;
}

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

namespace detail {

// The backward pass over one tape: the gradients so far, and the one place where contributions are checked,
// reduced and added.
template <class T>
class Walk {
public:
    /// Starts at `root`, in the name of `op`. @throws GraphError  no live tape of this thread recorded it.
    Walk(const char* op, const Tensor<T>& root, const Tensor<T>& seed);
    Walk(const Walk&) = delete;
    Walk& operator=(const Walk&) = delete;
    ~Walk();
    /// Adds gradients to the leaves themselves.
    void to_leaves(bool retain);
    /// Collects the gradients of `xs`.
    std::vector<Tensor<T>> to(const std::vector<Tensor<T>>& xs, const GradOptions& options);

    void contribute(const Target& target, Tensor<T>&& gradient);

private:
    void run(bool retain, bool create_graph);
    std::span<const std::size_t> shape_of(const Target& target) const;
    void sum_broadcast(const Target& target, Tensor<T>& gradient) const;
    [[noreturn]] void fail_missing(const Target& target) const;
    void check_value(const Target& target, const Tensor<T>& gradient) const;
    static void accumulate(Tensor<T>& sum, Tensor<T>&& gradient);

    const char* const caller_;
    Tape<T>& tape_;
    const char* op_ = "";  // whose backward function runs
    std::vector<Tensor<T>, RecyclingAllocator<Tensor<T>>> gradients_;  // by entry
    const std::vector<Tensor<T>>* xs_ = nullptr;
    std::vector<Tensor<T>> found_;
};

template <class T, class F>
struct EdgeNode final : Node<T> {
    Target target;
    F gradient;
    template <class G>
    EdgeNode(const Target& t, G make) : target(t), gradient(make()) {}
    void run(const Tensor<T>& dy, Walk<T>& walk) override { walk.contribute(target, gradient(dy)); }
};

template <class T, std::size_t N, class F>
struct JointNode final : Node<T> {
    std::array<Target, N> targets;
    std::array<bool, N> needed;
    F gradients;
    JointNode(const std::array<Target, N>& t, const std::array<bool, N>& n, F&& f)
        : targets(t), needed(n), gradients(std::move(f)) {}
    void run(const Tensor<T>& dy, Walk<T>& walk) override {
        std::array<Tensor<T>, N> all = gradients(dy, needed);
        for (std::size_t i = 0; i < N; ++i)
            if (needed[i]) walk.contribute(targets[i], std::move(all[i]));
    }
};

}  // namespace detail

template <class T>
template <class N, class... A>
void Tape<T>::push(A&&... arguments) {
    N* node = new (arena_.allocate(sizeof(N), alignof(N))) N(std::forward<A>(arguments)...);
    node->next = entries_.back().first;
    entries_.back().first = node;
}

template <class T>
template <class F>
void Tape<T>::add_edge(Edge<T, F>& edge, unsigned input) {
    if (!needs(edge.input)) return;
    if constexpr (std::invocable<F&, const Tensor<T>&>)
        push<detail::EdgeNode<T, F>>(target(edge.input, input, edge.broadcasts),
                                     [&] { return std::move(edge.gradient); });
    else
        push<detail::EdgeNode<T, std::invoke_result_t<F&>>>(target(edge.input, input, edge.broadcasts),
                                                            [&] { return edge.gradient(); });
}

template <class T>
template <std::size_t N, class F>
void Tape<T>::add_joint(const std::array<const Tensor<T>*, N>& inputs, F gradients) {
    std::array<detail::Target, N> targets;
    std::array<bool, N> needed{};
    for (unsigned i = 0; i < N; ++i) {
        needed[i] = inputs[i] && needs(*inputs[i]);
        if (needed[i]) targets[i] = target(*inputs[i], i, Broadcasts::no);
    }
    push<detail::JointNode<T, N, F>>(targets, needed, std::move(gradients));
}

}  // namespace xgrad
