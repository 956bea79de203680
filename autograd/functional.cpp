#include <xgrad/autograd/functional.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <xgrad/autograd/detail/grad_or_zeros.hpp>
#include <xgrad/autograd/ops.hpp>

namespace xgrad {
namespace {

template <class T>
using Tensors = std::vector<Tensor<T>>;

using detail::grad_or_zeros;

template <class T>
Tensors<T> leaves(const Tensors<T>& xs) {
    Tensors<T> copies;
    for (const Tensor<T>& x : xs) {
        copies.push_back(x.detach());
        copies.back().set_requires_grad(RequiresGrad::yes);
    }
    return copies;
}

template <class T>
void check_directions(const char* op, const Tensors<T>& xs, const Tensors<T>& directions) {
    if (directions.size() != xs.size())
        fail<ShapeError>(op, fmt::format("expected {} directions, one for each argument, got {}", xs.size(),
                                         directions.size()));
    for (std::size_t i = 0; i < xs.size(); ++i)
        if (directions[i].shape() != xs[i].shape())
            fail<ShapeError>(op, fmt::format("argument {} has shape {}, its direction {}", i,
                                             to_string(xs[i].shape()), to_string(directions[i].shape())));
}

template <class T>
void check_scalar(const char* op, const Tensor<T>& y) {
    if (y.size() != 1)
        fail<ShapeError>(op, fmt::format("the function must return a scalar, got {}", to_string(y.shape())));
}

// The sum of the products of as and bs.
template <class T>
Tensor<T> inner_product(const Tensors<T>& as, const Tensors<T>& bs) {
    Tensor<T> total = zeros<T>({});
    for (std::size_t i = 0; i < as.size(); ++i) total = total + sum(as[i] * bs[i].detach());
    return total;
}

// The derivatives of each element of y with respect to each of the xs.
template <class T>
Tensors<T> derivatives(const char* op, const Tensor<T>& y, const Tensors<T>& xs) {
    std::vector<Array<T>> rows;
    for (const Tensor<T>& x : xs) {
        Shape shape = y.shape();
        shape.insert(shape.end(), x.shape().begin(), x.shape().end());
        checked_size(op, shape);
        rows.emplace_back(shape);
    }
    const Tensor<T> elements = flatten(y);
    for (std::size_t k = 0; k < y.size(); ++k) {
        const auto at = static_cast<std::ptrdiff_t>(k);
        const Tensors<T> row = grad_or_zeros(sum(slice(elements, 0, at, at + 1)), xs, {.retain_graph = true});
        for (std::size_t i = 0; i < xs.size(); ++i)
            std::copy_n(row[i].value().data(), xs[i].size(), rows[i].data() + k * xs[i].size());
    }
    Tensors<T> results;
    for (Array<T>& values : rows) results.emplace_back(std::move(values));
    return results;
}

}  // namespace

template <class T>
ValueAndGradients<T> vjp(const std::type_identity_t<Function<T>>& f, const Tensors<T>& xs,
                         const Tensor<T>& v) {
    const Tensors<T> at = leaves(xs);
    const Tape<T> tape;
    const Tensor<T> y = f(at);
    if (v.shape() != y.shape())
        fail<ShapeError>(
            "vjp", fmt::format("the value has shape {}, v {}", to_string(y.shape()), to_string(v.shape())));
    return {y.detach(), grad_or_zeros(sum(v.detach() * y), at)};
}

template <class T>
ValueAndDerivative<T> jvp(const std::type_identity_t<Function<T>>& f, const Tensors<T>& xs,
                          const Tensors<T>& directions) {
    check_directions("jvp", xs, directions);
    const Tensors<T> at = leaves(xs);
    const Tape<T> tape;
    const Tensor<T> y = f(at);
    const Tensors<T> seed = leaves<T>({zeros<T>(y.shape())});
    const Tensors<T> pulled = grad_or_zeros(sum(seed[0] * y), at, {.create_graph = true});
    return {y.detach(), grad_or_zeros(inner_product(pulled, directions), seed)[0]};
}

template <class T>
Tensors<T> hessian_vector_product(const std::type_identity_t<Function<T>>& f, const Tensors<T>& xs,
                                  const Tensors<T>& directions) {
    check_directions("hessian_vector_product", xs, directions);
    const Tensors<T> at = leaves(xs);
    const Tape<T> tape;
    const Tensor<T> y = f(at);
    check_scalar("hessian_vector_product", y);
    return grad_or_zeros(inner_product(grad_or_zeros(sum(y), at, {.create_graph = true}), directions), at);
}

template <class T>
Tensors<T> jacobian(const std::type_identity_t<Function<T>>& f, const Tensors<T>& xs) {
    const Tensors<T> at = leaves(xs);
    const Tape<T> tape;
    return derivatives("jacobian", f(at), at);
}

template <class T>
std::vector<Tensors<T>> hessian(const std::type_identity_t<Function<T>>& f, const Tensors<T>& xs) {
    const Tensors<T> at = leaves(xs);
    const Tape<T> tape;
    const Tensor<T> y = f(at);
    check_scalar("hessian", y);
    std::vector<Tensors<T>> blocks;
    for (const Tensor<T>& gradient : grad_or_zeros(sum(y), at, {.create_graph = true}))
        blocks.push_back(derivatives("hessian", gradient, at));
    return blocks;
}

#define INSTANTIATE(T)                                                                                    \
    template ValueAndGradients<T> vjp(const Function<T>&, const Tensors<T>&, const Tensor<T>&);           \
    template ValueAndDerivative<T> jvp(const Function<T>&, const Tensors<T>&, const Tensors<T>&);         \
    template Tensors<T> hessian_vector_product(const Function<T>&, const Tensors<T>&, const Tensors<T>&); \
    template Tensors<T> jacobian(const Function<T>&, const Tensors<T>&);                                  \
    template std::vector<Tensors<T>> hessian(const Function<T>&, const Tensors<T>&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
