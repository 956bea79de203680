#include <xgrad/nn/layers/activation.hpp>

#include <fmt/format.h>

#include <xgrad/autograd/shard.hpp>

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
std::string Unflatten<T>::describe() const {
    return fmt::format("Unflatten(axis {} to {})", axis_, to_string(extents_));
}

template <class T>
Shape Unflatten<T>::result(const Shape& x) const {
    const auto axis = static_cast<std::ptrdiff_t>(normalize_axis("unflatten", axis_, x.size()));
    Shape shape(x.begin(), x.begin() + axis);
    for (const std::size_t extent : extents_) shape.push_back(extent);
    for (auto rest = x.begin() + axis + 1; rest != x.end(); ++rest) shape.push_back(*rest);
    if (size_of(extents_) != x[static_cast<std::size_t>(axis)])
        fail<ShapeError>(fmt::format("cannot view axis {} of {} as {}: {} elements, not {}", axis_,
                                     to_string(x), to_string(extents_), x[static_cast<std::size_t>(axis)],
                                     size_of(extents_)));
    return shape;
}

template <class T>
Dropout<T>::Dropout(double p, Rng& rng) : p_(checked_probability(p)), rng_(rng.split()) {}

template <class T>
Tensor<T> Dropout<T>::forward(const Tensor<T>& x) {
    if (!this->is_training()) return x;
    Shard* const shard = Shard::current();
    return dropout(x, p_, shard ? shard->generator() : rng_);
}

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
template class Unflatten<float>;
template class Unflatten<double>;
template class Dropout<float>;
template class Dropout<double>;

}  // namespace xgrad
