#include <xgrad/optim/lion.hpp>

#include <utility>

#include <xgrad/core/checks.hpp>
#include <xgrad/optim/detail/apply.hpp>

namespace xgrad {

template <class T>
Lion<T>::Lion(std::vector<Parameter<T>> parameters, const LionOptions& options)
    : Optimizer<T>(std::move(parameters), {"Lion", options.learning_rate, options.weight_decay, {"exp_avg"}}),
      options_(options) {
    for (const double beta : options.betas) detail::check_below_one("Lion", "a beta", beta);
}

template <class T>
void Lion<T>::update(const ParameterStep<T>& step) {
    const auto [beta1, beta2] = options_.betas;
    detail::apply(kernels::LionStep<T>{.rate = static_cast<T>(step.learning_rate),
                                       .shrink = static_cast<T>(1 - step.learning_rate * step.weight_decay),
                                       .beta1 = static_cast<T>(beta1),
                                       .one_minus_beta1 = static_cast<T>(1 - beta1),
                                       .beta2 = static_cast<T>(beta2),
                                       .one_minus_beta2 = static_cast<T>(1 - beta2)},
                  step);
}

template class Lion<float>;
template class Lion<double>;

}  // namespace xgrad
