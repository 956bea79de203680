#include <xgrad/optim/rmsprop.hpp>

#include <utility>

#include <xgrad/core/checks.hpp>
#include <xgrad/optim/detail/apply.hpp>

namespace xgrad {
namespace {

std::vector<std::string> arrays_of(const RMSpropOptions& options) {
    std::vector<std::string> names{"square_avg"};
    if (options.momentum > 0) names.emplace_back("momentum_buffer");
    if (options.centered) names.emplace_back("grad_avg");
    return names;
}

template <bool momentum, bool centered, class T>
void apply(const ParameterStep<T>& step, const RMSpropOptions& options) {
    detail::apply(
        kernels::RmsStep<T, momentum, centered>{.rate = static_cast<T>(step.learning_rate),
                                                .weight_decay = static_cast<T>(step.weight_decay),
                                                .alpha = static_cast<T>(options.alpha),
                                                .one_minus_alpha = static_cast<T>(1 - options.alpha),
                                                .keep = static_cast<T>(options.momentum),
                                                .epsilon = static_cast<T>(options.epsilon)},
        step);
}

}  // namespace

template <class T>
RMSprop<T>::RMSprop(std::vector<Parameter<T>> parameters, const RMSpropOptions& options)
    : Optimizer<T>(std::move(parameters), {.name = "RMSprop",
                                           .learning_rate = options.learning_rate,
                                           .weight_decay = options.weight_decay,
                                           .arrays = arrays_of(options),
                                           .scalars = {"step"}}),
      options_(options) {
    detail::check_below_one("RMSprop", "alpha", options.alpha);
    detail::check_below_one("RMSprop", "momentum", options.momentum);
    detail::check_not_negative("RMSprop", "epsilon", options.epsilon);
}

template <class T>
void RMSprop<T>::update(const ParameterStep<T>& step) {
    ++step.scalars[0];  // PyTorch counts them, too
    if (options_.momentum > 0)
        options_.centered ? apply<true, true>(step, options_) : apply<true, false>(step, options_);
    else
        options_.centered ? apply<false, true>(step, options_) : apply<false, false>(step, options_);
}

template class RMSprop<float>;
template class RMSprop<double>;

}  // namespace xgrad
