#include <xgrad/optim/nadam.hpp>

#include <cmath>
#include <utility>

#include <xgrad/core/checks.hpp>
#include <xgrad/optim/detail/apply.hpp>

namespace xgrad {

template <class T>
NAdam<T>::NAdam(std::vector<Parameter<T>> parameters, const NAdamOptions& options)
    : Optimizer<T>(std::move(parameters), {"NAdam",
                                           options.learning_rate,
                                           options.weight_decay,
                                           {"exp_avg", "exp_avg_sq"},
                                           {"step", "mu_product"}}),
      options_(options) {
    for (const double beta : options.betas) detail::check_below_one("NAdam", "a beta", beta);
    detail::check_not_negative("NAdam", "epsilon", options.epsilon);
    detail::check_not_negative("NAdam", "momentum_decay", options.momentum_decay);
}

template <class T>
void NAdam<T>::update(const ParameterStep<T>& step) {
    const auto [beta1, beta2] = options_.betas;
    const double count = ++step.scalars[0];
    const auto momentum = [&, first = beta1](double t) {
        return first * (1 - 0.5 * std::pow(0.96, t * options_.momentum_decay));
    };
    const double now = momentum(count), next = momentum(count + 1);
    float& product = step.scalars[1];
    product = (count == 1 ? 1 : product) * static_cast<float>(now);  // rounded as PyTorch does
    const double rate = step.learning_rate, product_now = product, product_next = product_now * next;
    const kernels::NAdamStep<T> numbers{
        .gradient_rate = static_cast<T>(rate * (1 - now) / (1 - product_now)),
        .mean_rate = static_cast<T>(rate * next / (1 - product_next)),
        .weight_decay = static_cast<T>(step.weight_decay),
        .beta1 = static_cast<T>(beta1),
        .one_minus_beta1 = static_cast<T>(1 - beta1),
        .beta2 = static_cast<T>(beta2),
        .one_minus_beta2 = static_cast<T>(1 - beta2),
        .square_correction = static_cast<T>(std::sqrt(1 - std::pow(beta2, count))),
        .epsilon = static_cast<T>(options_.epsilon)};
    detail::apply(numbers, step);
}

template class NAdam<float>;
template class NAdam<double>;

}  // namespace xgrad
