#include <xgrad/nn/layers/embedding.hpp>

#include <fmt/format.h>

namespace xgrad {

template <class T>
Embedding<T>::Embedding(std::size_t classes, std::size_t features, Rng& rng, const Initializer& weight) {
    if (classes == 0 || features == 0)
        fail<ValueError>(
            "Embedding",
            fmt::format("expected at least one class and one feature, got {} and {}", classes, features));
    weight_ = initialized_weight<T>({classes, features}, weight, rng);
}

template <class T>
Tensor<T> Embedding<T>::operator()(const Indices& index) {
    ModuleScope<T> scope(*this);
    return scope.output(embedding(index, weight_));
}

template <class T>
std::string Embedding<T>::describe() const {
    return fmt::format("Embedding({}, {})", weight_.shape()[0], weight_.shape()[1]);
}

template <class T>
std::unique_ptr<Module<T>> Embedding<T>::clone() const {
    Rng rng(0);
    return with_state_of(*this, Embedding(weight_.shape()[0], weight_.shape()[1], rng, init::zeros()));
}

template class Embedding<float>;
template class Embedding<double>;

}  // namespace xgrad
