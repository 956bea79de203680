#include <xgrad/optim/weight_average.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>
#include <xgrad/optim/detail/apply.hpp>

namespace xgrad {

template <class T>
void WeightAverage<T>::State::parameter(std::string_view, Tensor<T>& tensor, Decay) {
    const auto is_tied = [&](const Tensor<T>& other) { return other.is_same(tensor); };
    if (std::ranges::none_of(parameters, is_tied)) parameters.push_back(tensor);
}

template <class T>
WeightAverage<T>::WeightAverage(Module<T>& source)
    : source_(&source), average_(source.clone()), from_(source), to_(*average_) {}

template <class T>
void WeightAverage<T>::update() {
    const kernels::MoveStep<T> step{static_cast<T>(weight(n_averaged_))};
    for (std::size_t i = 0; i < to_.parameters.size(); ++i) {
        const Array<T>& now = from_.parameters[i].value();
        to_.parameters[i].update([&](Array<T>& average) {
            if (n_averaged_ == 0) {
                average = now;
                return;
            }
            const std::size_t rows = detail::matrix_rows(average), columns = average.size() / rows;
            kernels::update(rows, columns, columns, step, now.data(), {}, average.data());
        });
    }
    for (std::size_t i = 0; i < to_.buffers.size(); ++i) to_.buffers[i].assign(from_.buffers[i].value());
    for (std::size_t i = 0; i < to_.counters.size(); ++i) *to_.counters[i] = *from_.counters[i];
    ++n_averaged_;
}

template <class T>
void WeightAverage<T>::visit(StateVisitor<T>& state) {
    state.buffer("n_averaged", n_averaged_);
    state.child("module", *average_);
}

template <class T>
Tensor<T> WeightAverage<T>::forward(const Tensor<T>& x) {
    return (*average_)(x);
}

template <class T>
Ema<T>::Ema(Module<T>& net, const EmaOptions& options) : WeightAverage<T>(net), options_(options) {
    detail::check_below_one("Ema", "decay", options.decay);
}

template <class T>
std::string Ema<T>::describe() const {
    return fmt::format("Ema(decay {})", options_.decay);
}

template <class T>
std::unique_ptr<Module<T>> Ema<T>::clone() const {
    return with_state_of(*this, Ema(this->source(), options_));
}

template <class T>
std::unique_ptr<Module<T>> SwaAverage<T>::clone() const {
    return with_state_of(*this, SwaAverage(this->source()));
}

template class WeightAverage<float>;
template class WeightAverage<double>;
template class Ema<float>;
template class Ema<double>;
template class SwaAverage<float>;
template class SwaAverage<double>;

}  // namespace xgrad
