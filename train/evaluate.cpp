#include <xgrad/train/evaluate.hpp>

#include <xgrad/data/batches.hpp>

namespace xgrad {
namespace {

// Evaluation mode for the length of a scope.
template <class T>
class EvaluationMode {
public:
    explicit EvaluationMode(Module<T>& net) : net_(net), was_training_(net.is_training()) { net_.eval(); }
    EvaluationMode(const EvaluationMode&) = delete;
    EvaluationMode& operator=(const EvaluationMode&) = delete;
    ~EvaluationMode() {
        if (was_training_) net_.train();
    }

private:
    Module<T>& net_;
    bool was_training_;
};

}  // namespace

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
