#include <xgrad/nn/sequential.hpp>

#include <utility>

#include <fmt/format.h>

namespace xgrad {
namespace {

// The modules that take the input of a module, and make its result.
template <class T>
const Module<T>& first_in(const Module<T>& module) {
    if (const auto* net = dynamic_cast<const Sequential<T>*>(&module); net && net->size() > 0)
        return first_in((*net)[0]);
    if (const auto* residual = dynamic_cast<const Residual<T>*>(&module)) return first_in(residual->body());
    return module;
}
template <class T>
const Module<T>& last_in(const Module<T>& module) {
    const auto* net = dynamic_cast<const Sequential<T>*>(&module);
    return net && net->size() > 0 ? last_in((*net)[net->size() - 1]) : module;
}

// The path of a module inside the one that is being called.
template <class T>
std::string path(const Module<T>& module) {
    return ModuleScope<T>(const_cast<Module<T>&>(module)).path();
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
            y = z;
        } catch (const ShapeError& error) {
            const std::string_view text = error.what();
            if (i == 0 || !text.starts_with(path(first_in(*modules_[i])) + ":")) throw;
            throw ShapeError(
                fmt::format("{}; its input comes from {}", text, path(last_in(*modules_[i - 1]))));
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
