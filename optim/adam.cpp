#include <xgrad/optim/adam.hpp>

#include <cmath>
#include <utility>

#include <xgrad/core/checks.hpp>
#include <xgrad/core/kernels/update.hpp>
#include <xgrad/optim/detail/apply.hpp>

namespace xgrad {
namespace {

template <bool decoupled>
const BasicAdamOptions<decoupled>& checked(const char* name, const BasicAdamOptions<decoupled>& options) {
    for (const double beta : options.betas) detail::check_below_one(name, "a beta", beta);
    detail::check_not_negative(name, "epsilon", options.epsilon);
    return options;
}

template <class T, bool decoupled>
void adam_step(const ParameterStep<T>& step, const BasicAdamOptions<decoupled>& options) {
    const double count = ++step.scalars[0];
    const auto [beta1, beta2] = options.betas;
    const kernels::AdamStep<T> numbers{
        .rate = static_cast<T>(step.learning_rate / (1 - std::pow(beta1, count))),
        .shrink = static_cast<T>(decoupled ? 1 - step.learning_rate * step.weight_decay : 1),
        .weight_decay = static_cast<T>(decoupled ? 0 : step.weight_decay),
        .beta1 = static_cast<T>(beta1),
        .one_minus_beta1 = static_cast<T>(1 - beta1),
        .beta2 = static_cast<T>(beta2),
        .one_minus_beta2 = static_cast<T>(1 - beta2),
        .square_correction = static_cast<T>(std::sqrt(1 - std::pow(beta2, count))),
        .epsilon = static_cast<T>(options.epsilon)};
    detail::apply(numbers, step);
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

template class Adam<float>;
template class Adam<double>;
template class AdamW<float>;
template class AdamW<double>;

}  // namespace xgrad
