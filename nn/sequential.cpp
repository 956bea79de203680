#include <xgrad/nn/sequential.hpp>

#include <utility>

#include <fmt/format.h>

namespace xgrad {

template <class T>
Sequential<T>& Sequential<T>::add(std::unique_ptr<Module<T>> module) {
    if (!module) fail<ValueError>("Sequential::add", "the module is null");
    modules_.push_back(std::move(module));
    return *this;
}

template <class T>
const Module<T>& Sequential<T>::operator[](std::size_t position) const {
    if (position >= modules_.size())
        fail<ValueError>("Sequential",
                         fmt::format("no module at position {}: there are {}", position, modules_.size()));
    return *modules_[position];
}

template <class T>
Module<T>& Sequential<T>::operator[](std::size_t position) {
    return const_cast<Module<T>&>(std::as_const(*this)[position]);
}

template <class T>
void Sequential<T>::visit(StateVisitor<T>& state) {
    for (std::size_t i = 0; i < modules_.size(); ++i) state.child(std::to_string(i), *modules_[i]);
}

template <class T>
std::unique_ptr<Module<T>> Sequential<T>::clone() const {
    auto copy = std::make_unique<Sequential>();
    for (const auto& module : modules_) copy->add(module->clone());
    copy->copy_from(*this);  // for the mode and name of the Sequential itself
    return copy;
}

template <class T>
Tensor<T> Sequential<T>::forward(const Tensor<T>& x) {
    if (modules_.empty()) fail<ValueError>("it is empty: add modules before it is called");
    Tensor<T> y = x;
    for (const auto& module : modules_) y = (*module)(y);
    return y;
}

template <class T>
Residual<T>::Residual(std::unique_ptr<Module<T>> body) : body_(std::move(body)) {
    if (!body_) fail<ValueError>("Residual", "the module is null");
}

template <class T>
Tensor<T> Residual<T>::forward(const Tensor<T>& x) {
    const Tensor<T> y = (*body_)(x);
    if (y.shape() != x.shape())
        fail<ShapeError>(
            fmt::format("x has shape {}, but f(x) has {}", to_string(x.shape()), to_string(y.shape())));
    return x + y;
}

template class Sequential<float>;
template class Sequential<double>;
template class Residual<float>;
template class Residual<double>;

}  // namespace xgrad
