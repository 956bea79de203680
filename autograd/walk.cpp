#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {
namespace detail {

namespace {

// Sets a variable for the length of a scope.
template <class V>
class Scoped {
public:
    Scoped(V& variable, V value) : variable_(variable), old_(std::exchange(variable, value)) {}
    Scoped(const Scoped&) = delete;
    Scoped& operator=(const Scoped&) = delete;
    ~Scoped() { variable_ = old_; }

private:
    V& variable_;
    V old_;
};

}  // namespace

template <class T>
Walk<T>::Walk(const char* op, const Tensor<T>& root, const Tensor<T>& seed)
    : caller_(op), tape_(Tape<T>::owner_of(op, root)), gradients_(root.body().entry + 1) {
    gradients_.back() = seed;
}

template <class T>
Walk<T>::~Walk() = default;

template <class T>
void Walk<T>::run(bool retain, bool create_graph) {
    if (tape_.walked_)
        fail<GraphError>(caller_, "this tape is being walked: a backward function may not walk it, too");
    const Scoped walk(tape_.walked_, true);
    // What releases the entries also runs when a backward function throws: a half-walked tape is of no use.
    struct Clear {
        Tape<T>* tape;
        ~Clear() {
            if (tape) tape->clear();
        }
    } clear{retain ? nullptr : &tape_};
    const Scoped pause(Tape<T>::paused_, create_graph ? nullptr : &tape_);
    const Scoped record(Tape<T>::innermost_, &tape_);
    const Scoped read(reader, reader);
    for (std::size_t at = gradients_.size(); at-- > 0;) {
        if (gradients_[at].defined()) {
            const Tensor<T> dy = std::move(gradients_[at]);
            if (xs_)
                for (std::size_t i = 0; i < xs_->size(); ++i)
                    if ((*xs_)[i].body().tape == tape_.id_ && (*xs_)[i].body().entry == at) found_[i] = dy;
            const Entry<T> entry = tape_.entries_[at];
            op_ = entry.op;
            reader = {entry.recorded_at, entry.op};
            for (Node<T>* node = entry.first; node; node = node->next) node->run(dy, *this);
        }
        if (!retain) tape_.release(tape_.entries_[at]);
    }
}

template <class T>
void Walk<T>::to_leaves(bool retain) {
    run(retain, false);
}

template <class T>
std::vector<Tensor<T>> Walk<T>::to(const std::vector<Tensor<T>>& xs, const GradOptions& options) {
    for (std::size_t i = 0; i < xs.size(); ++i) {
        if (!xs[i].requires_grad())
            fail<GraphError>(
                caller_, fmt::format("x[{}], shape {}, requires no gradient", i, to_string(xs[i].shape())));
        if (!xs[i].is_leaf()) tape_.records(caller_, xs[i]);
    }
    xs_ = &xs;
    found_.resize(xs.size());
    run(options.create_graph || options.retain_graph, options.create_graph);
    for (std::size_t i = 0; i < xs.size(); ++i)
        if (!found_[i].defined()) found_[i] = zeros<T>(xs[i].shape());
    return std::move(found_);
}

template <class T>
std::span<const std::size_t> Walk<T>::shape_of(const Target& target) const {
    if (!target.leaf) return tape_.entries_[target.index].shape;
    const Shape& shape = tape_.leaves_[target.index].shape();
    return {shape.data(), shape.size()};
}

template <class T>
void Walk<T>::contribute(const Target& target, Tensor<T>&& gradient) {
    if (!gradient.defined()) [[unlikely]]
        fail_missing(target);
    gradient.value();  // a saved value that is handed out unread may have been changed, too
    if (!std::ranges::equal(gradient.shape(), shape_of(target))) [[unlikely]]
        sum_broadcast(target, gradient);
    if (tape_.options_.anomaly == Anomaly::detect) [[unlikely]]
        check_value(target, gradient);
    if (!target.leaf) return accumulate(gradients_[target.index], std::move(gradient));
    if (!xs_) {
        Tensor<T>& sum = tape_.leaves_[target.index].body().gradient;
        if (!sum.defined() && !gradient.body_.is_only_owner())
            gradient = gradient.detach();  // what a leaf keeps is its own
        return accumulate(sum, std::move(gradient));
    }
    const Tensor<T> leaf = tape_.leaves_[target.index];  // a copy: adding may record, and so add leaves
    for (std::size_t i = 0; i < xs_->size(); ++i)
        if ((*xs_)[i].is_same(leaf)) accumulate(found_[i], Tensor<T>(gradient));
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
                                 target.input, fmt::join(shape_of(target), ", ")));
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
    } else if (!Tape<T>::current() && sum.body_.is_only_owner()) {
        add_to(sum.body().value, gradient.body().value);
    } else {
        const Scoped unread(reader,
                            Reader{});  // a gradient that was changed in place since the op was recorded
        sum = sum + gradient;
    }
}

template class Walk<float>;
template class Walk<double>;

}  // namespace detail

template <class T>
std::vector<Tensor<T>> grad(const Tensor<T>& y, const std::vector<Tensor<T>>& xs,
                            const GradOptions& options) {
    if (y.size() != 1)
        fail<GraphError>("grad",
                         fmt::format("y has shape {}, which is no scalar: differentiate sum(seed * y)",
                                     to_string(y.shape())));
    return detail::Walk<T>("grad", y, ones<T>(y.shape())).to(xs, options);
}

#define INSTANTIATE(T) \
    template std::vector<Tensor<T>> grad(const Tensor<T>&, const std::vector<Tensor<T>>&, const GradOptions&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
