#include "cifar_bn/training/network.hpp"

#include <xgrad/core/kernels/reduce.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/linear.hpp>

namespace cifar_bn {

template <class T>
xgrad::Sequential<T> make_network(std::size_t features, const std::vector<std::size_t>& hidden,
                                  std::size_t classes, bool batch_norm, const xgrad::Initializer& initializer,
                                  xgrad::Rng& rng, const xgrad::BatchNormOptions& batch_norm_options) {
    xgrad::Sequential<T> net;
    std::size_t in = features;
    for (const std::size_t out : hidden) {
        net.add(xgrad::Linear<T>(in, out, rng, {.weight = initializer}));
        if (batch_norm) net.add(xgrad::BatchNorm1d<T>(out, batch_norm_options));
        net.add(xgrad::ReLU<T>());
        in = out;
    }
    net.add(xgrad::Linear<T>(in, classes, rng, {.weight = initializer}));
    return net;
}

template <class T>
double regularization(xgrad::Module<T>& net, double lambda) {
    double sum = 0;
    for (const auto& parameter : net.parameters())
        if (parameter.decay == xgrad::Decay::yes)
            sum += xgrad::kernels::sum_of_squares(parameter.tensor.size(), parameter.tensor.value().data());
    return lambda * sum;
}

#define INSTANTIATE(T)                                                                                    \
    template xgrad::Sequential<T> make_network(std::size_t, const std::vector<std::size_t>&, std::size_t, \
                                               bool, const xgrad::Initializer&, xgrad::Rng&,              \
                                               const xgrad::BatchNormOptions&);                           \
    template double regularization(xgrad::Module<T>&, double);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace cifar_bn
