#pragma once

#include <xgrad/autograd/recomputed.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad {

/// net(x), computed again in the backward pass, see `recomputed(f, xs)`. The second call draws the same
/// random numbers as the first, and changes neither generators nor buffers, such as running statistics. `net`
/// must live until the backward pass, and keep its mode.
/// @throws GraphError  in the backward pass: net gave another value than before.
template <class T>
Tensor<T> recomputed(Module<T>& net, const Tensor<T>& x);

}  // namespace xgrad
