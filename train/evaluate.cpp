#include <xgrad/train/evaluate.hpp>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <vector>

#include <xgrad/core/parallel.hpp>
#include <xgrad/data/batches.hpp>

namespace xgrad {
namespace {

// The counts of all processes together.
ConfusionMatrix sum(const ConfusionMatrix& own, const Processes& processes) {
    if (processes.size == 1) return own;
    std::vector<double> counts;
    for (const auto& row : own.rows()) counts.insert(counts.end(), row.begin(), row.end());
    const std::vector<double> all = processes.gather(counts);
    std::vector<std::vector<std::uint64_t>> rows = own.rows();
    for (auto& row : rows) std::ranges::fill(row, 0);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::size_t place = i % counts.size();
        rows[place / rows.size()][place % rows.size()] += static_cast<std::uint64_t>(all[i]);
    }
    return ConfusionMatrix(rows);
}

}  // namespace

template <class T>
Evaluation evaluate(Module<T>& net, const Dataset& data, const Normalizer& normalizer, std::size_t batch_size,
                    const Processes& processes) {
    const EvaluationMode<T> mode(net);
    // One loss per batch, summed in order: the total does not depend on who computes them.
    const std::size_t all = ImageBatches<T>(data, normalizer, batch_size).per_epoch();
    const std::size_t before = all * processes.rank / processes.size;
    std::vector<double> losses(all * (processes.rank + 1) / processes.size - before);
    Evaluation result{0, ConfusionMatrix(data.classes().size())};
    std::mutex mutex;
    parallel_for(losses.size(), 1, [&](std::size_t begin, std::size_t end) {
        const Unsplit unsplit;  // also if there is one batch here
        const NoGrad<T> no_grad;
        const std::size_t first = (before + begin) * batch_size,
                          last = std::min((before + end) * batch_size, data.size());
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
    losses = processes.gather(losses);
    result.loss = std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(data.size());
    result.confusion = sum(result.confusion, processes);
    return result;
}

template Evaluation evaluate(Module<float>&, const Dataset&, const Normalizer&, std::size_t,
                             const Processes&);
template Evaluation evaluate(Module<double>&, const Dataset&, const Normalizer&, std::size_t,
                             const Processes&);

}  // namespace xgrad
