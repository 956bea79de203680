#include <xgrad/optim/sgd.hpp>

#include <utility>

#include <xgrad/core/checks.hpp>
#include <xgrad/core/kernels/update.hpp>

namespace xgrad {
namespace {

std::vector<std::string> arrays_of(const SgdOptions& options) {
    if (options.momentum == 0) return {};
    return {"momentum_buffer"};
}

}  // namespace

template <class T>
SGD<T>::SGD(std::vector<Parameter<T>> parameters, const SgdOptions& options)
    : Optimizer<T>(std::move(parameters), {.name = "SGD",
                                           .learning_rate = options.learning_rate,
                                           .weight_decay = options.weight_decay,
                                           .arrays = arrays_of(options)}),
      options_(options) {
    detail::check_below_one("SGD", "momentum", options.momentum);
    if (options.nesterov && options.momentum == 0)
        fail<ValueError>("SGD", "Nesterov's form needs a momentum above 0");
}

template <class T>
void SGD<T>::update(const ParameterStep<T>& step) {
    const kernels::SgdStep<T> numbers{static_cast<T>(step.learning_rate), static_cast<T>(step.weight_decay),
                                      static_cast<T>(options_.momentum), options_.nesterov};
    kernels::sgd_update(step.rows, step.columns, step.columns, numbers, step.gradient.data(),
                        step.arrays.empty() ? nullptr : step.arrays[0].data(), step.values.data());
}

template class SGD<float>;
template class SGD<double>;

}  // namespace xgrad
