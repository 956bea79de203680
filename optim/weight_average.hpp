#pragma once

#include <memory>
#include <vector>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// An average of the weights that a net has in the course of its training: a module that computes with them.
///
///     Ema<float> ema(net, {.decay = 0.999});
///     for (…) {
///         …
///         sgd.step();
///         ema.update();
///     }
///     evaluate(ema, test, normalizer);
///
/// The state has the names of PyTorch's AveragedModel: the counter `n_averaged`, and that of the averaged net
/// after `module.`. So `TrainingState::add("ema", ema)` makes it part of a checkpoint.
template <class T = float>
class WeightAverage : public Module<T> {
public:
    /// Takes the net's weights of now into the average. The first update copies them. Each element of a
    /// parameter counts once, tied or not, frozen or not. Buffers are not averaged but copied: those of batch
    /// norm are of other weights than the average, see `renew_statistics`. (PyTorch: use_buffers=False, since
    /// its version 2.0.)
    void update();

    /// The net with the averaged weights; before the first update those that the net had when this was
    /// constructed. It is a clone, with modes of its own, and what `export_onnx` takes.
    Module<T>& net() { return *average_; }
    /// The number of updates.
    std::int64_t n_averaged() const { return n_averaged_; }

    void visit(StateVisitor<T>& state) override;

protected:
    /// For the average of `source`, which must outlive this and stay where it is.
    explicit WeightAverage(Module<T>& source);

    /// The weight of the net's values in an average of `averaged` earlier ones and them.
    virtual double weight(std::int64_t averaged) const = 0;

    /// The net whose weights are averaged.
    Module<T>& source() const { return *source_; }

    Tensor<T> forward(const Tensor<T>& x) override;

private:
    // What a net lists; tied parameters once.
    struct State final : StateVisitor<T> {
        explicit State(Module<T>& net) { net.visit(*this); }
        void parameter(std::string_view name, Tensor<T>& tensor, Decay decay) override;
        void buffer(std::string_view, Tensor<T>& tensor) override { buffers.push_back(tensor); }
        void buffer(std::string_view, std::int64_t& counter) override { counters.push_back(&counter); }
        void generator(std::string_view, Rng&) override {}
        void child(std::string_view, Module<T>& module) override { module.visit(*this); }

        std::vector<Tensor<T>> parameters, buffers;
        std::vector<std::int64_t*> counters;
    };

    Module<T>* source_;
    std::unique_ptr<Module<T>> average_;
    State from_, to_;
    std::int64_t n_averaged_ = 0;
};

/// The options of `Ema`.
struct EmaOptions {
    double decay = 0.999;  ///< The weight of the previous average; 1 / (1 - decay) updates are its memory.
};

/// The exponential moving average of a net's weights (Polyak and Juditsky 1992, doi:10.1137/0330046, for the
/// average; Tarvainen and Valpola 2017, arXiv:1703.01780, for this one): decay average + (1 - decay) w.
/// PyTorch: AveragedModel with get_ema_multi_avg_fn.
template <class T = float>
class Ema final : public WeightAverage<T> {
public:
    /// For `net`, which must outlive this and stay where it is. @throws ValueError  decay is not in [0, 1).
    explicit Ema(Module<T>& net, const EmaOptions& options = {});

    std::string kind() const override { return "Ema"; }
    std::string describe() const override;
    std::unique_ptr<Module<T>> clone() const override;

protected:
    double weight(std::int64_t) const override { return 1 - options_.decay; }

private:
    EmaOptions options_;
};

/// The mean of a net's weights over all updates: stochastic weight averaging (Izmailov et al. 2018,
/// arXiv:1803.05407), with an update after each epoch, or each cycle of the learning rate, near the end of a
/// training. PyTorch: AveragedModel.
template <class T = float>
class SwaAverage final : public WeightAverage<T> {
public:
    /// For `net`, which must outlive this and stay where it is.
    explicit SwaAverage(Module<T>& net) : WeightAverage<T>(net) {}

    std::string kind() const override { return "SwaAverage"; }
    std::unique_ptr<Module<T>> clone() const override;

protected:
    double weight(std::int64_t averaged) const override { return 1 / (static_cast<double>(averaged) + 1); }
};

}  // namespace xgrad
