#include <algorithm>
#include <cmath>

#include "support/mutations.hpp"

namespace xgrad::registry {
namespace {

double* largest(Array<double>& x) {
    return std::max_element(x.data(), x.data() + x.size(),
                            [](double a, double b) { return std::abs(a) < std::abs(b); });
}

void reverse(Array<double>& x) { std::reverse(x.data(), x.data() + x.size()); }

}  // namespace

void keep(Array<double>&) {}

const std::vector<Mutation>& mutations() {
    static const std::vector<Mutation> all{
        {"a factor of 1.01", keep,
         [](Array<double>& g) {
             for (double& v : g) v *= 1.01;
         }},
        {"the opposite sign", keep,
         [](Array<double>& g) {
             for (double& v : g) v = -v;
         }},
        {"dropped", keep, [](Array<double>& g) { std::fill_n(g.data(), g.size(), 0.0); }},
        {"an element dropped", keep, [](Array<double>& g) { *largest(g) = 0; }},
        {"the mean removed", keep,
         [](Array<double>& g) {
             double mean = 0;
             for (const double v : g) mean += v / static_cast<double>(g.size());
             for (double& v : g) v -= mean;
         }},
        {"its elements in reverse", keep, reverse},
        {"one contribution dropped", [](Array<double>& dy) { dy.data()[0] = 0; }, keep},
        {"every other contribution dropped",
         [](Array<double>& dy) {
             for (std::size_t i = 0; i < dy.size(); i += 2) dy.data()[i] = 0;
         },
         keep},
        {"dy in reverse", reverse, keep},
    };
    return all;
}

const std::vector<std::string>& essential_mutations() {
    static const std::vector<std::string> names{"a factor of 1.01", "the opposite sign", "dropped",
                                                "an element dropped", "every other contribution dropped"};
    return names;
}

Tensor<double> changed(const Tensor<double>& x, void (*change)(Array<double>&)) {
    Array<double> values = x.value();
    if (values.size() > 0) change(values);
    return Tensor<double>(std::move(values));
}

bool differ(const Tensor<double>& gradient, const Tensor<double>& mutated) {
    double size = 0, change = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        size = std::max(size, std::abs(gradient.value().data()[i]));
        change = std::max(change, std::abs(gradient.value().data()[i] - mutated.value().data()[i]));
    }
    return change > std::max(1e-8, 1e-3 * size);
}

Tensor<double> uneven(const Shape& shape) {
    Array<double> values(shape);
    for (std::size_t i = 0; i < values.size(); ++i) values.data()[i] = 1 + 0.37 * static_cast<double>(i % 5);
    return Tensor<double>(std::move(values));
}

Tensor<double> vector_jacobian(const Sample& sample, const Tensors<double>& inputs, std::size_t input,
                               const Tensor<double>& dy) {
    const Tensors<double> xs = leaves<double>(inputs);
    const Tape<double> tape;
    return grad(sum(dy.detach() * sample.call(xs)), {xs[input]})[0];
}

}  // namespace xgrad::registry
