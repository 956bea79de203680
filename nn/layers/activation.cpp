#include <xgrad/nn/layers/activation.hpp>

#include <fmt/format.h>

namespace xgrad {
namespace {

double checked_probability(double p) {
    if (!(p >= 0 && p <= 1)) fail<ValueError>("Dropout", fmt::format("p must be in [0, 1], got {}", p));
    return p;
}

}  // namespace

template <class T>
Lambda<T>::Lambda(std::string kind, Function function, Options options)
    : kind_(std::move(kind)), function_(std::move(function)), options_(std::move(options)) {
    if (!function_) fail<ValueError>(kind_, "the function is empty");
}

template <class T>
std::string Lambda<T>::describe() const {
    std::string text;
    for (const auto& [name, value] : options_)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
    return fmt::format("{}({})", kind_, text);
}

template <class T>
Dropout<T>::Dropout(double p, Rng& rng) : p_(checked_probability(p)), rng_(rng.split()) {}

template <class T>
std::string Dropout<T>::describe() const {
    return fmt::format("Dropout({})", p_);
}

template <class T>
std::unique_ptr<Module<T>> Dropout<T>::clone() const {
    Rng unused(0);
    return with_state_of(*this, Dropout(p_, unused));
}

template class Lambda<float>;
template class Lambda<double>;
template class Dropout<float>;
template class Dropout<double>;

}  // namespace xgrad
