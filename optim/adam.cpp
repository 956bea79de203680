#include <xgrad/optim/adam.hpp>

#include <cmath>
#include <utility>

#include <xgrad/core/checks.hpp>
#include <xgrad/core/kernels/update.hpp>
#include <xgrad/optim/detail/apply.hpp>

namespace xgrad {
namespace {

template <class Options>
const Options& checked(const char* name, const Options& options) {
    for (const double beta : options.betas) detail::check_below_one(name, "a beta", beta);
    detail::check_not_negative(name, "epsilon", options.epsilon);
    return options;
}

// Of the step with that number, from 1. `weight_decay` is added to the gradient.
template <class T, class Options>
kernels::Moments<T> moments(const Options& options, double step, double weight_decay) {
    const auto [beta1, beta2] = options.betas;
    return {.weight_decay = static_cast<T>(weight_decay),
            .beta1 = static_cast<T>(beta1),
            .one_minus_beta1 = static_cast<T>(1 - beta1),
            .beta2 = static_cast<T>(beta2),
            .one_minus_beta2 = static_cast<T>(1 - beta2),
            .square_correction = static_cast<T>(std::sqrt(1 - std::pow(beta2, step))),
            .epsilon = static_cast<T>(options.epsilon)};
}

template <class T, bool decoupled>
void adam_step(const ParameterStep<T>& step, const BasicAdamOptions<decoupled>& options) {
    const double count = ++step.scalars[0];
    detail::apply(
        kernels::AdamStep<T>{
            .rate = static_cast<T>(step.learning_rate / (1 - std::pow(options.betas[0], count))),
            .shrink = static_cast<T>(decoupled ? 1 - step.learning_rate * step.weight_decay : 1),
            .moments = moments<T>(options, count, decoupled ? 0 : step.weight_decay)},
        step);
}

}  // namespace

template <class T>
Adam<T>::Adam(std::vector<Parameter<T>> parameters, const AdamOptions& options)
    : Optimizer<T>(
          std::move(parameters),
          {"Adam", options.learning_rate, options.weight_decay, {"exp_avg", "exp_avg_sq"}, {"step"}}),
      options_(checked("Adam", options)) {}

template <class T>
AdamW<T>::AdamW(std::vector<Parameter<T>> parameters, const AdamWOptions& options)
    : Optimizer<T>(
          std::move(parameters),
          {"AdamW", options.learning_rate, options.weight_decay, {"exp_avg", "exp_avg_sq"}, {"step"}}),
      options_(checked("AdamW", options)) {}

template <class T>
void Adam<T>::update(const ParameterStep<T>& step) {
    adam_step(step, options_);
}

template <class T>
void AdamW<T>::update(const ParameterStep<T>& step) {
    adam_step(step, options_);
}

template <class T>
NAdam<T>::NAdam(std::vector<Parameter<T>> parameters, const NAdamOptions& options)
    : Optimizer<T>(std::move(parameters), {"NAdam",
                                           options.learning_rate,
                                           options.weight_decay,
                                           {"exp_avg", "exp_avg_sq"},
                                           {"step", "mu_product"}}),
      options_(checked("NAdam", options)) {
    detail::check_not_negative("NAdam", "momentum_decay", options.momentum_decay);
}

template <class T>
void NAdam<T>::update(const ParameterStep<T>& step) {
    const double count = ++step.scalars[0];
    const auto momentum = [&](double t) {
        return options_.betas[0] * (1 - 0.5 * std::pow(0.96, t * options_.momentum_decay));
    };
    const double now = momentum(count), next = momentum(count + 1);
    float& product = step.scalars[1];
    product = (count == 1 ? 1 : product) * static_cast<float>(now);  // rounded as PyTorch does
    const double rate = step.learning_rate, product_now = product, product_next = product_now * next;
    detail::apply(kernels::NAdamStep<T>{.gradient_rate = static_cast<T>(rate * (1 - now) / (1 - product_now)),
                                        .mean_rate = static_cast<T>(rate * next / (1 - product_next)),
                                        .moments = moments<T>(options_, count, step.weight_decay)},
                  step);
}

template class Adam<float>;
template class Adam<double>;
template class AdamW<float>;
template class AdamW<double>;
template class NAdam<float>;
template class NAdam<double>;

}  // namespace xgrad
