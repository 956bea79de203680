#pragma once

#include <functional>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// Computes the running statistics of every `BatchNorm1d` and `BatchNorm2d` in `net` anew, as the mean over
/// the batches that `run` passes through it; for weights that no batch has seen, such as those of a
/// `SwaAverage`:
///
///     renew_statistics(net, [&] {
///         for (const Batch<>& batch : batches.epoch(rng)) net(batch.x);
///     });
///
/// Meanwhile the net is in training mode and nothing is recorded. Then modes, momenta and generators (of
/// `Dropout`) are as they were. A net without these is left alone. PyTorch: update_bn.
/// @throws ValueError  a layer has seen no batch. After this and any error of `run`, the statistics are as
/// before.
template <class T>
void renew_statistics(Module<T>& net, const std::function<void()>& run);

}  // namespace xgrad
