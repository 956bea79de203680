#include <xgrad/train/evaluate.hpp>

#include <xgrad/data/batches.hpp>

namespace xgrad {

template <class T>
Evaluation evaluate(Module<T>& net, const Dataset& data, const Normalizer& normalizer, std::size_t batch_size) {
    const EvaluationMode<T> mode(net);
    const NoGrad<T> no_grad;
    Batches<T> batches(data, normalizer, batch_size);
    Evaluation result{0, ConfusionMatrix(data.classes().size())};
    for (const Batch<T>& batch : batches.epoch()) {
        const Tensor<T> logits = net(batch.x);
        result.loss += static_cast<double>(cross_entropy(logits, batch.labels).item()) * static_cast<double>(batch.labels.size());
        result.confusion.add(logits, batch.labels);
    }
    result.loss /= static_cast<double>(data.size());
    return result;
}

template Evaluation evaluate(Module<float>&, const Dataset&, const Normalizer&, std::size_t);
template Evaluation evaluate(Module<double>&, const Dataset&, const Normalizer&, std::size_t);

}  // namespace xgrad
