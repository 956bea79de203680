#include "support/conformance/cases.hpp"
#include "support/conformance/modules.hpp"

namespace xgrad::conformance {
namespace {

// The weights of conformance.py's projected().
template <class T>
Tensor<T> weights_of_elements(const Shape& shape, std::size_t gradient) {
    Array<T> weights(shape);
    for (std::size_t j = 0; j < weights.size(); ++j)
        weights.data()[j] = (static_cast<T>((5 * j + gradient) % 17) - 8) / 16;
    return Tensor<T>(std::move(weights));
}

}  // namespace

template <class T>
Results<T> run(const Case<T>& c, Weights weights) {
    Tensors<T> x;
    for (const Array<T>& value : c.x) x.emplace_back(value, RequiresGrad::yes);
    const Tensor<T> dy(c.dy, RequiresGrad::yes);
    const Tape<T> tape;
    const Tensor<T> y =
        c.is_module() ? call_module(*module_of(x, c.options), x, c.options) : call_of<T>(c.op)(x, c.options);
    const Tensors<T> gradients = grad(sum(dy * y), x, {.create_graph = true});
    Tensor<T> total = zeros<T>({});
    for (std::size_t i = 0; i < gradients.size(); ++i)
        total = total + (weights == Weights::of_gradients
                             ? static_cast<double>(i + 1) * sum(gradients[i])
                             : sum(weights_of_elements<T>(gradients[i].shape(), i) * gradients[i]));

    Results<T> results{y.value(), {}, {}};
    for (const Tensor<T>& gradient : gradients) results.gradients.push_back(gradient.value());
    Tensors<T> leaves = x;
    leaves.push_back(dy);
    for (const Tensor<T>& leaf : leaves)
        results.second.push_back(total.requires_grad()
                                     ? grad(total, {leaf}, {.retain_graph = true})[0].value()
                                     : Array<T>(leaf.shape(), 0));
    return results;
}

template Results<float> run(const Case<float>&, Weights);
template Results<double> run(const Case<double>&, Weights);

}  // namespace xgrad::conformance
