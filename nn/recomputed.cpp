#include <xgrad/nn/recomputed.hpp>

#include <memory>

#include <xgrad/autograd/shard.hpp>

namespace xgrad {
namespace {

// The state that a call of a module changes: counters, buffers and generators.
template <class T>
class ChangingState final : StateVisitor<T> {
public:
    explicit ChangingState(Module<T>& net) {
        const detail::Scoped unread(detail::reader, {});  // other calls may have changed a buffer meanwhile
        net.visit(*this);
    }

    void restore() const {
        const detail::Scoped unread(detail::reader, {});
        for (const auto& [generator, value] : generators_) *generator = value;
        for (const auto& [counter, value] : counters_) *counter = value;
        for (const auto& [buffer, value] : buffers_)
            if (buffer->value() != value) buffer->assign(value);
    }

private:
    void parameter(std::string_view, Tensor<T>&, Decay) override {}
    void buffer(std::string_view, Tensor<T>& tensor) override {
        buffers_.emplace_back(&tensor, tensor.value());
    }
    void buffer(std::string_view, std::int64_t& counter) override {
        counters_.emplace_back(&counter, counter);
    }
    void generator(std::string_view, Rng& rng) override { generators_.emplace_back(&rng, rng); }
    void child(std::string_view, Module<T>& module) override { module.visit(*this); }

    std::vector<std::pair<std::int64_t*, std::int64_t>> counters_;
    std::vector<std::pair<Tensor<T>*, Array<T>>> buffers_;
    std::vector<std::pair<Rng*, Rng>> generators_;
};

// A call of a module, which after the first leaves its state as it was.
template <class T>
class Call {
public:
    explicit Call(Module<T>& net) : net_(net) {
        for (const auto& [name, generator] : net.generators()) generators_.push_back(*generator);
    }

    Tensor<T> operator()(const Tensor<T>& x) {
        if (std::exchange(first_, false)) return net_(x);
        struct Restore {
            ChangingState<T> state;
            ~Restore() { state.restore(); }
        } const restore{ChangingState<T>(net_)};
        const auto generators = net_.generators();
        for (std::size_t i = 0; i < generators.size(); ++i) *generators[i].second = generators_[i];
        return net_(x);
    }

private:
    Module<T>& net_;
    std::vector<Rng> generators_;  // before the first call
    bool first_ = true;
};

}  // namespace

template <class T>
Tensor<T> recomputed(Module<T>& net, const Tensor<T>& x) {
    if (Shard::current())
        fail<GraphError>("recomputed",
                         "a module cannot be recomputed in a shard of a batch: several threads use it");
    return recomputed([call = std::make_shared<Call<T>>(net)](const Tensor<T>& at) { return (*call)(at); },
                      x);
}

template Tensor<float> recomputed(Module<float>&, const Tensor<float>&);
template Tensor<double> recomputed(Module<double>&, const Tensor<double>&);

}  // namespace xgrad
