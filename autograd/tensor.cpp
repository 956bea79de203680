#include <xgrad/autograd/tensor.hpp>

#include <cmath>
#include <ostream>

#include <fmt/format.h>

#include <xgrad/autograd/detail/walk.hpp>

namespace xgrad {
namespace detail {

void fail_changed(const Shape& shape) {
    fail<GraphError>(
        reader.op,
        fmt::format(
            "a value of shape {} that was saved for backward has been changed since; call backward() before changing it, or compute with a detach()ed copy",
            to_string(shape)));
}

void fail_reshaped(const Shape& before, const Shape& after) {
    fail<ShapeError>("update",
                     fmt::format("the shape was {} and became {}", to_string(before), to_string(after)));
}

void fail_undefined() {
    fail<GraphError>("Tensor", "this handle refers to no value: it was default-constructed or moved from");
}

}  // namespace detail

template <class T>
Tensor<T>::Tensor(Array<T> value, RequiresGrad requires_grad)
    : Tensor(computed([&] { return std::move(value); })) {
    body_->requires_grad = requires_grad == RequiresGrad::yes;
}

template <class T>
T Tensor<T>::item() const {
    if (size() != 1)
        fail<ShapeError>("item", fmt::format("expected one element, got shape {}", to_string(shape())));
    return value().data()[0];
}

template <class T>
void Tensor<T>::check_leaf(const char* op) const {
    if (!is_leaf())
        fail<GraphError>(
            op, fmt::format("this Tensor of shape {} is the result of a recorded op; detach() it first",
                            to_string(shape())));
}

template <class T>
void Tensor<T>::set_requires_grad(RequiresGrad requires_grad) {
    check_leaf("set_requires_grad");
    body().requires_grad = requires_grad == RequiresGrad::yes;
}

template <class T>
const Tensor<T>& Tensor<T>::grad() const {
    if (!has_grad())
        fail<GraphError>(
            "grad",
            fmt::format(
                "this Tensor of shape {} has no gradient: call backward() on a loss that depends on it",
                to_string(shape())));
    return body().gradient;
}

// Returns the shape that the value had. If it was another one the old values are lost, but code that relies
// on the element count stays safe.
template <class T>
Shape Tensor<T>::restore_shape(const Shape& before) {
    Shape found = shape();
    if (found != before) body().value = Array<T>(before, std::numeric_limits<T>::quiet_NaN());
    return found;
}

template <class T>
void Tensor<T>::assign(Array<T> value) {
    check_leaf("assign");
    if (value.shape() != shape())
        fail<ShapeError>("assign",
                         fmt::format("expected {}, got {}", to_string(shape()), to_string(value.shape())));
    update([&](Array<T>& old) { old = std::move(value); });
}

namespace {

template <class T>
void walk_from(const Tensor<T>& y, const Tensor<T>& seed, const BackwardOptions& options) {
    detail::IntoLeaves<T> leaves;
    if (y.is_leaf() && y.requires_grad()) return leaves.at_leaf(y, Tensor<T>(seed));
    detail::Walk<T>("backward", y, seed).run(leaves, {.retain_graph = options.retain_graph});
}

}  // namespace

template <class T>
void Tensor<T>::backward(const BackwardOptions& options) const {
    if (size() != 1)
        fail<GraphError>(
            "backward",
            fmt::format(
                "a Tensor of shape {} is no scalar: pass a seed of its shape, or reduce it with sum() or mean()",
                to_string(shape())));
    walk_from(*this, ones<T>(shape()), options);
}

template <class T>
void Tensor<T>::backward(const Tensor& seed, const BackwardOptions& options) const {
    if (seed.shape() != shape())
        fail<ShapeError>("backward", fmt::format("the seed has shape {}, the Tensor {}",
                                                 to_string(seed.shape()), to_string(shape())));
    walk_from(*this, seed.detach(), options);  // the caller may change the seed later
}

namespace {

template <class T>
Tensor<T> filled(const char* op, const Shape& shape, double value) {
    checked_size(op, shape);
    return Tensor<T>(Array<T>(shape, static_cast<T>(value)));
}

template <class T, class F>
Tensor<T> generated(const char* op, const Shape& shape, F next) {
    checked_size(op, shape);
    Array<T> values(shape);
    for (std::size_t i = 0; i < values.size(); ++i) values.data()[i] = static_cast<T>(next());
    return Tensor<T>(std::move(values));
}

// Prints one axis in brackets; an axis of more than 8 elements is cut to its first and last three.
template <class T>
void print_axis(std::string& out, const Array<T>& x, std::size_t axis, std::size_t offset) {
    if (axis == x.dimension()) {
        out += fmt::format("{:.4g}", x.data()[offset]);
        return;
    }
    std::size_t stride = 1;
    for (std::size_t i = axis + 1; i < x.dimension(); ++i) stride *= x.shape()[i];
    const std::size_t extent = x.shape()[axis];
    const std::string separator = axis + 1 == x.dimension() ? ", " : ",\n" + std::string(axis + 1, ' ');
    out += '[';
    for (std::size_t i = 0; i < extent; ++i) {
        if (i > 0) out += separator;
        if (extent > 8 && i == 3) {
            out += "..." + separator;
            i = extent - 3;
        }
        print_axis(out, x, axis + 1, offset + i * stride);
    }
    out += ']';
}

}  // namespace

template <class T>
Tensor<T> zeros(const Shape& shape) {
    return filled<T>("zeros", shape, 0);
}

template <class T>
Tensor<T> ones(const Shape& shape) {
    return filled<T>("ones", shape, 1);
}

template <class T>
Tensor<T> full(const Shape& shape, double value) {
    return filled<T>("full", shape, value);
}

template <class T>
Tensor<T> randn(const Shape& shape, Rng& rng) {
    return generated<T>("randn", shape, [&] { return rng.normal(); });
}

template <class T>
Tensor<T> uniform(const Shape& shape, Rng& rng, double low, double high) {
    const auto bound = static_cast<T>(high);
    return generated<T>("uniform", shape, [&] {
        const auto value = static_cast<T>(rng.uniform(low, high));
        // The conversion to T may have rounded up to the excluded bound.
        return value < bound ? value : std::nextafter(bound, static_cast<T>(low));
    });
}

template <class T>
std::string to_string(const Tensor<T>& x) {
    if (!x.defined()) return "Tensor(undefined)";
    std::string out;
    print_axis(out, x.value(), 0, 0);
    return out + fmt::format("  # Tensor<{}> {}{}", std::is_same_v<T, float> ? "float" : "double",
                             to_string(x.shape()),
                             !x.is_leaf()        ? ", recorded"
                             : x.requires_grad() ? ", requires grad"
                                                 : "");
}

template <class T>
std::ostream& operator<<(std::ostream& out, const Tensor<T>& x) {
    return out << to_string(x);
}

#define INSTANTIATE(T)                                              \
    template class Tensor<T>;                                       \
    template Tensor<T> zeros(const Shape&);                         \
    template Tensor<T> ones(const Shape&);                          \
    template Tensor<T> full(const Shape&, double);                  \
    template Tensor<T> randn(const Shape&, Rng&);                   \
    template Tensor<T> uniform(const Shape&, Rng&, double, double); \
    template std::string to_string(const Tensor<T>&);               \
    template std::ostream& operator<<(std::ostream&, const Tensor<T>&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
