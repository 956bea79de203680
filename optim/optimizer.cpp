#include <xgrad/optim/optimizer.hpp>

#include <cmath>

#include <fmt/format.h>

namespace xgrad {

template <class T>
void Optimizer<T>::set_learning_rate(double learning_rate) {
    if (!(learning_rate >= 0) || !std::isfinite(learning_rate))
        fail<ValueError>("Optimizer", fmt::format("the learning rate must be finite and not negative, got {}",
                                                  learning_rate));
    learning_rate_ = learning_rate;
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace xgrad
