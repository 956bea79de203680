#include <xgrad/nn/layers/linear.hpp>

#include <fmt/format.h>

namespace xgrad {

template <class T>
Linear<T>::Linear(std::size_t in, std::size_t out, Rng& rng, const LinearOptions& options) {
    if (in == 0 || out == 0)
        fail<ValueError>("Linear",
                         fmt::format("expected at least one input and one output, got {} and {}", in, out));
    weight_ = initialized_weight<T>({out, in}, options.weight, rng);
    if (options.bias) bias_ = Tensor<T>(Array<T>(Shape{out}, T{0}), RequiresGrad::yes);
}

template <class T>
std::string Linear<T>::describe() const {
    return fmt::format("Linear({}, {}{})", weight_.shape()[1], weight_.shape()[0],
                       bias_.defined() ? "" : ", no bias");
}

template <class T>
void Linear<T>::visit(StateVisitor<T>& state) {
    state.parameter("weight", weight_);
    if (bias_.defined()) state.parameter("bias", bias_, Decay::no);
}

template <class T>
std::unique_ptr<Module<T>> Linear<T>::clone() const {
    Rng rng(0);
    return with_state_of(
        *this, Linear(weight_.shape()[1], weight_.shape()[0], rng, {init::zeros(), bias_.defined()}));
}

template <class T>
Tensor<T> Linear<T>::forward(const Tensor<T>& x) {
    return linear(x, weight_, bias_);
}

template class Linear<float>;
template class Linear<double>;

}  // namespace xgrad
