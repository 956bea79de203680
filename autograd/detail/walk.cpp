#include <xgrad/autograd/detail/walk.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>
#include <xgrad/core/joined.hpp>

namespace xgrad::detail {

template <class T>
Tensor<T> ProductGradient<T>::multiply() const {
    return matmul(a, b, Transpose::yes);
}

template <class T>
void IntoLeaves<T>::at_leaf(const Tensor<T>& leaf, Tensor<T>&& gradient) {
    Tensor<T>& sum = leaf.body().gradient;
    if (!sum.defined() && !gradient.body_.is_only_owner())
        gradient = gradient.detach();  // a leaf must own its gradient alone
    Walk<T>::accumulate(sum, std::move(gradient));
}

template <class T>
Collection<T>::Collection(const char* op, const Recorder<T>& recorder, const std::vector<Tensor<T>>& xs)
    : recorder_(recorder), xs_(xs), found_(xs.size()) {
    for (std::size_t i = 0; i < xs.size(); ++i) {
        if (!xs[i].requires_grad())
            fail<GraphError>(
                op, fmt::format("x[{}], shape {}, requires no gradient", i, to_string(xs[i].shape())));
        recorder.check_input(op, xs[i]);
    }
}

template <class T>
void Collection<T>::at_leaf(const Tensor<T>& leaf, Tensor<T>&& gradient) {
    // A copy, because adding may record and so add leaves.
    const Tensor<T> kept = leaf;  // NOLINT(performance-unnecessary-copy-initialization)
    for (std::size_t i = 0; i < xs_.size(); ++i)
        if (xs_[i].is_same(kept)) Walk<T>::accumulate(found_[i], Tensor<T>(gradient));
}

template <class T>
void Collection<T>::at_entry(std::size_t entry, const Tensor<T>& gradient) {
    for (std::size_t i = 0; i < xs_.size(); ++i)
        if (recorder_.is_entry(xs_[i], entry)) found_[i] = gradient;
}

template <class T>
std::vector<Tensor<T>> Collection<T>::take() {
    for (std::size_t i = 0; i < xs_.size(); ++i)
        if (!found_[i].defined()) found_[i] = zeros<T>(xs_[i].shape());
    return std::move(found_);
}

template <class T>
Walk<T>::Walk(const char* op, const Tensor<T>& root, const Tensor<T>& seed)
    : caller_(op), recorder_(Recorder<T>::owner_of(op, root)), gradients_(root.body().entry + 1) {
    gradients_.back() = seed;
}

template <class T>
Walk<T>::~Walk() = default;

template <class T>
void Walk<T>::run(Sink<T>& sink, const GradOptions& options) {
    if (recorder_.walked_)
        fail<GraphError>(caller_, "this tape is being walked: a backward function may not walk it, too");
    const Scoped walk(recorder_.walked_, true);
    sink_ = &sink;
    const bool retain = options.create_graph || options.retain_graph;
    // Releases the entries also when a backward function throws: a half-walked tape is of no use.
    struct Clear {
        Recorder<T>* recorder;
        ~Clear() {
            if (recorder) recorder->clear();
        }
    } clear{retain ? nullptr : &recorder_};
    const Scoped pause(Recorder<T>::paused, options.create_graph ? nullptr : &recorder_);
    const Scoped record(Recorder<T>::innermost, &recorder_);
    const Scoped read(reader, reader);
    for (std::size_t at = gradients_.size(); at-- > 0;) {
        if (gradients_[at].defined()) {
            const Tensor<T> dy = std::move(gradients_[at]);
            sink.at_entry(at, dy);
            const Entry<T> entry = recorder_.entries_[at];
            op_ = entry.op;
            reader = {entry.recorded_at, entry.op};
            for (Node<T>* node = entry.first; node; node = node->next) node->run(dy, *this);
        }
        if (!retain) recorder_.release(recorder_.entries_[at]);
    }
}

template <class T>
std::span<const std::size_t> Walk<T>::shape_of(const Target& target) const {
    if (!target.leaf) return recorder_.entries_[target.index].shape;
    const Shape& shape = recorder_.leaves_[target.index].shape();
    return {shape.data(), shape.size()};
}

template <class T>
void Walk<T>::contribute(const Target& target, Tensor<T>&& gradient) {
    if (!gradient.defined()) [[unlikely]]
        fail_missing(target);
    gradient.value();  // throws if this is a saved value that was changed; the function may not have read it
    if (!std::ranges::equal(gradient.shape(), shape_of(target))) [[unlikely]]
        sum_broadcast(target, gradient);
    if (recorder_.anomaly_ == Anomaly::detect) [[unlikely]]
        check_value(target, gradient);
    if (!target.leaf) return accumulate(gradients_[target.index], std::move(gradient));
    sink_->at_leaf(recorder_.leaves_[target.index], std::move(gradient));
}

template <class T>
void Walk<T>::contribute(const Target& target, ProductGradient<T>&& gradient) {
    if (!target.leaf || recorder_.anomaly_ == Anomaly::detect) return contribute(target, gradient.multiply());
    for (const Tensor<T>* factor : {&gradient.a, &gradient.b}) factor->value();  // throws if it was changed
    sink_->at_leaf(recorder_.leaves_[target.index], std::move(gradient));
}

template <class T>
void Walk<T>::sum_broadcast(const Target& target, Tensor<T>& gradient) const {
    const std::span<const std::size_t> extents = shape_of(target);
    const Shape shape(extents.begin(), extents.end());
    if (target.broadcasts == Broadcasts::no || !broadcasts_to(shape, gradient.shape()))
        fail<ShapeError>(
            op_,
            fmt::format("its backward function gave a gradient of shape {} for input {}, whose shape is {}",
                        to_string(gradient.shape()), target.input, to_string(shape)));
    gradient = sum_to(gradient, shape);
}

template <class T>
void Walk<T>::fail_missing(const Target& target) const {
    fail<GraphError>(op_,
                     fmt::format("its backward function gave no gradient for input {}, whose shape is ({})",
                                 target.input, joined(shape_of(target), ", ")));
}

template <class T>
void Walk<T>::check_value(const Target& target, const Tensor<T>& gradient) const {
    if (!kernels::all_finite(gradient.size(), gradient.value().data()))
        fail<NumericsError>(op_, fmt::format("the gradient of input {}, shape {}, holds a NaN or an infinity",
                                             target.input, to_string(gradient.shape())));
}

template <class T>
void Walk<T>::accumulate(Tensor<T>& sum, Tensor<T>&& gradient) {
    if (!sum.defined()) {
        sum = std::move(gradient);
    } else if (!Recorder<T>::current() && sum.body_.is_only_owner()) {
        add_to(sum.body().value, gradient.body().value);
    } else {
        // Reads without the check for changes: a gradient may have changed in place since the op was
        // recorded.
        const Scoped unread(reader, Reader{});
        sum = sum + gradient;
    }
}

#define INSTANTIATE(T)                  \
    template struct ProductGradient<T>; \
    template class IntoLeaves<T>;       \
    template class Collection<T>;       \
    template class Walk<T>;
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad::detail
