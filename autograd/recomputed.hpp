#pragma once

#include <concepts>
#include <utility>
#include <vector>

#include <xgrad/autograd/functional.hpp>

namespace xgrad {

/// f(xs), of which the tape keeps only the arguments: the backward pass computes f again (Chen et al. 2016,
/// arXiv:1604.06174). The value and the gradients have the same bits as without; of every order, and also
/// those of leaves that f refers to, such as weights. (But where a leaf or an argument is used several times
/// in f, and elsewhere, too, its gradient is a sum of another order.) Costs a second call of f for each
/// backward pass.
///
/// The tape keeps a copy of f, and what f refers to must live until then. f must give the same value again
/// whenever it is called: a module that draws random numbers or has batch statistics is recomputed by
/// `recomputed(net, x)` (nn/recomputed.hpp).
/// @throws GraphError  f uses a recorded Tensor that is not among its arguments; or, in the backward pass, f
/// gave another value than before.
template <class T>
Tensor<T> recomputed(const std::type_identity_t<Function<T>>& f, const std::vector<Tensor<T>>& xs);

/// The same for a function of single Tensors: `recomputed(f, x, y)` is f(x, y).
template <class F, class T, class... X>
    requires std::copy_constructible<F> && std::invocable<F&, const Tensor<T>&, const X&...>
Tensor<T> recomputed(F f, const Tensor<T>& first, const X&... more) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return recomputed<T>([f](const std::vector<Tensor<T>>& xs) { return f(xs[I]...); },
                             std::vector<Tensor<T>>{first, more...});
    }(std::make_index_sequence<1 + sizeof...(X)>());
}

}  // namespace xgrad
