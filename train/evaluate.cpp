#include <xgrad/train/evaluate.hpp>

#include <algorithm>
#include <mutex>
#include <numeric>
#include <vector>

#include <xgrad/core/parallel.hpp>
#include <xgrad/data/batches.hpp>

namespace xgrad {

template <class T>
Evaluation evaluate(Module<T>& net, const Dataset& data, const Normalizer& normalizer,
                    std::size_t batch_size) {
    const EvaluationMode<T> mode(net);
    // One loss per batch, summed in order: the total does not depend on thread scheduling.
    std::vector<double> losses(ImageBatches<T>(data, normalizer, batch_size).per_epoch());
    Evaluation result{0, ConfusionMatrix(data.classes().size())};
    std::mutex mutex;
    parallel_for(losses.size(), 1, [&](std::size_t begin, std::size_t end) {
        const NoGrad<T> no_grad;
        const std::size_t first = begin * batch_size, last = std::min(end * batch_size, data.size());
        ImageBatches<T> batches(data.slice(first, last - first), normalizer, batch_size);
        ConfusionMatrix confusion(data.classes().size());
        std::size_t next = begin;
        for (const Batch<T>& batch : batches.epoch()) {
            const Tensor<T> logits = net(batch.x);
            losses[next++] = static_cast<double>(cross_entropy(logits, batch.labels).item()) *
                             static_cast<double>(batch.labels.size());
            confusion.add(logits, batch.labels);
        }
        const std::scoped_lock lock(mutex);
        result.confusion += confusion;
    });
    result.loss = std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(data.size());
    return result;
}

template Evaluation evaluate(Module<float>&, const Dataset&, const Normalizer&, std::size_t);
template Evaluation evaluate(Module<double>&, const Dataset&, const Normalizer&, std::size_t);

}  // namespace xgrad
