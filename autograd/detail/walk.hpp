#pragma once

#include <vector>

#include <xgrad/autograd/tape.hpp>

namespace xgrad::detail {

// A gradient that is the product a^T b of two matrices: what the weight of `linear` receives. A sink may add
// up several such products at once, which is faster than to add their values.
template <class T>
struct ProductGradient {
    Tensor<T> a, b;

    Tensor<T> multiply() const;
};

// Receives the gradients of a walk.
template <class T>
class Sink {
public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;
    // Receives one contribution to the gradient of a leaf.
    virtual void at_leaf(const Tensor<T>& leaf, Tensor<T>&& gradient) = 0;
    virtual void at_leaf(const Tensor<T>& leaf, ProductGradient<T>&& gradient) {
        // A copy, because multiplying may record and so add leaves.
        const Tensor<T> kept = leaf;  // NOLINT(performance-unnecessary-copy-initialization)
        at_leaf(kept, gradient.multiply());
    }
    // Receives the complete gradient of the entry with the given index.
    virtual void at_entry(std::size_t, const Tensor<T>&) {}
};

// Adds the gradients to those stored in the leaves.
template <class T>
class IntoLeaves final : public Sink<T> {
public:
    using Sink<T>::at_leaf;
    void at_leaf(const Tensor<T>& leaf, Tensor<T>&& gradient) override;
};

// Collects the gradients of `xs`.
template <class T>
class Collection final : public Sink<T> {
public:
    // Throws, naming `op`, if an x requires no gradient or was recorded by another tape.
    Collection(const char* op, const Recorder<T>& recorder, const std::vector<Tensor<T>>& xs);
    using Sink<T>::at_leaf;
    void at_leaf(const Tensor<T>& leaf, Tensor<T>&& gradient) override;
    void at_entry(std::size_t entry, const Tensor<T>& gradient) override;
    // The gradients; zero if none arrived.
    std::vector<Tensor<T>> take();

private:
    const Recorder<T>& recorder_;
    const std::vector<Tensor<T>>& xs_;
    std::vector<Tensor<T>> found_;
};

// The backward pass over one tape. Holds the gradients accumulated so far, and is the one place that checks,
// reduces and adds contributions.
template <class T>
class Walk {
public:
    // Starts at `root`; errors name `op`. Throws if no live tape of this thread recorded `root`.
    Walk(const char* op, const Tensor<T>& root, const Tensor<T>& seed);
    Walk(const Walk&) = delete;
    Walk& operator=(const Walk&) = delete;
    ~Walk();

    const Recorder<T>& recorder() const { return recorder_; }
    void run(Sink<T>& sink, const GradOptions& options);

    // Adds the result of a backward function.
    void contribute(const Target& target, Tensor<T>&& gradient);
    void contribute(const Target& target, ProductGradient<T>&& gradient);
    static void accumulate(Tensor<T>& sum, Tensor<T>&& gradient);

private:
    std::span<const std::size_t> shape_of(const Target& target) const;
    void sum_broadcast(const Target& target, Tensor<T>& gradient) const;
    [[noreturn]] void fail_missing(const Target& target) const;
    void check_value(const Target& target, const Tensor<T>& gradient) const;

    const char* const caller_;
    Recorder<T>& recorder_;
    Sink<T>* sink_ = nullptr;
    const char* op_ = "";  // the op whose backward function is running
    std::vector<Tensor<T>, RecyclingAllocator<Tensor<T>>> gradients_;  // indexed by entry
};

}  // namespace xgrad::detail
