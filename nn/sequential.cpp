#include <xgrad/nn/sequential.hpp>

#include <utility>

#include <fmt/format.h>

namespace xgrad {
namespace {

// Whether an error is of a module that takes the input of the given one, which may consist of others.
template <class T>
bool is_of_first_in(const Module<T>& module, std::string_view error) {
    if (const auto* net = dynamic_cast<const Sequential<T>*>(&module); net && net->size() > 0)
        return is_of_first_in((*net)[0], error);
    if (const auto* residual = dynamic_cast<const Residual<T>*>(&module))
        return is_of_first_in(residual->body(), error) ||
               (residual->shortcut() && is_of_first_in(*residual->shortcut(), error));
    return error.starts_with(ModuleScope<T>::path_of(module) + ":");
}
// The module that makes the result of the given one.
template <class T>
const Module<T>& last_in(const Module<T>& module) {
    const auto* net = dynamic_cast<const Sequential<T>*>(&module);
    return net && net->size() > 0 ? last_in((*net)[net->size() - 1]) : module;
}

}  // namespace

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
    for (std::size_t i = 0; i < modules_.size(); ++i) {
        try {
            Tensor<T> z;
            if (i + 1 < modules_.size()) z = modules_[i]->call_together(y, *modules_[i + 1]);
            if (z.defined())
                ++i;
            else
                z = (*modules_[i])(y);
            y = std::move(z);
        } catch (const ShapeError& error) {
            if (i == 0 || !is_of_first_in(*modules_[i], error.what())) throw;
            throw ShapeError(fmt::format("{}; its input comes from {}", error.what(),
                                         ModuleScope<T>::path_of(last_in(*modules_[i - 1]))));
        }
    }
    return y;
}

template <class T>
Residual<T>::Residual(std::unique_ptr<Module<T>> body, std::unique_ptr<Module<T>> shortcut)
    : body_(std::move(body)), shortcut_(std::move(shortcut)) {
    if (!body_) fail<ValueError>("Residual", "the module is null");
}

template <class T>
void Residual<T>::visit(StateVisitor<T>& state) {
    state.child("body", *body_);
    if (shortcut_) state.child("shortcut", *shortcut_);
}

template <class T>
std::unique_ptr<Module<T>> Residual<T>::clone() const {
    return with_state_of(*this, Residual(body_->clone(), shortcut_ ? shortcut_->clone() : nullptr));
}

template <class T>
Tensor<T> Residual<T>::forward(const Tensor<T>& x) {
    const Tensor<T> y = (*body_)(x), added = shortcut_ ? (*shortcut_)(x) : x;
    if (y.shape() != added.shape())
        fail<ShapeError>(fmt::format("{} has shape {}, but f(x) has {}", shortcut_ ? "g(x)" : "x",
                                     to_string(added.shape()), to_string(y.shape())));
    return added + y;
}

template class Sequential<float>;
template class Sequential<double>;
template class Residual<float>;
template class Residual<double>;

}  // namespace xgrad
