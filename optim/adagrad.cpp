#include <xgrad/optim/adagrad.hpp>

#include <utility>

#include <xgrad/core/checks.hpp>
#include <xgrad/optim/detail/apply.hpp>

namespace xgrad {

template <class T>
Adagrad<T>::Adagrad(std::vector<Parameter<T>> parameters, const AdagradOptions& options)
    : Optimizer<T>(std::move(parameters),
                   {"Adagrad", options.learning_rate, options.weight_decay, {"sum"}, {"step"}}),
      options_(options) {
    detail::check_not_negative("Adagrad", "learning_rate_decay", options.learning_rate_decay);
    detail::check_not_negative("Adagrad", "initial_sum", options.initial_sum);
    detail::check_not_negative("Adagrad", "epsilon", options.epsilon);
}

template <class T>
void Adagrad<T>::update(const ParameterStep<T>& step) {
    const double before = step.scalars[0]++;
    if (before == 0) step.arrays[0].fill(static_cast<T>(options_.initial_sum));
    const double rate = step.learning_rate / (1 + before * options_.learning_rate_decay);
    detail::apply(kernels::AdagradStep<T>{static_cast<T>(rate), static_cast<T>(step.weight_decay),
                                          static_cast<T>(options_.epsilon)},
                  step);
}

template class Adagrad<float>;
template class Adagrad<double>;

}  // namespace xgrad
