#pragma once

#include <xgrad/data/batches.hpp>
#include <xgrad/nn/module.hpp>
#include <xgrad/optim/optimizer.hpp>

namespace apps {

/// Updates the net by the gradient of its mean cross-entropy over the batch, which it returns.
template <class T>
double train_step(xgrad::Module<T>& net, const xgrad::Batch<T>& batch, xgrad::Optimizer<T>& optimizer,
                  double label_smoothing = 0) {
    net.zero_grad();
    xgrad::Tape<T> tape;
    const xgrad::Tensor<T> loss =
        cross_entropy(net(batch.x), batch.labels, xgrad::Reduction::mean, label_smoothing);
    loss.backward();
    optimizer.step();
    return static_cast<double>(loss.item());
}

}  // namespace apps
