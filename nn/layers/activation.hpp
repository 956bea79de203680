#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// A function of a Tensor as a module without state: `Lambda([](const Tensor<>& x) { return x * 2.0; })`. The
/// activations below are made of it.
template <class T = float>
class Lambda : public Module<T> {
public:
    using Function = std::function<Tensor<T>(const Tensor<T>&)>;  ///< What it applies.
    using Options = std::vector<std::pair<std::string, double>>;  ///< By PyTorch's names.

    /// @throws ValueError  the function is empty.
    explicit Lambda(Function function) : Lambda("Lambda", std::move(function)) {}

    std::string kind() const override { return kind_; }
    std::string describe() const override;
    void visit(StateVisitor<T>&) final {}
    /// A Lambda of the same kind.
    std::unique_ptr<Module<T>> clone() const final {
        return with_state_of<Lambda>(*this, Lambda(kind_, function_, options_));
    }
    /// The options of the function, such as `negative_slope`.
    const Options& options() const { return options_; }

protected:
    /// For a class of its own kind.
    Lambda(std::string kind, Function function, Options options = {});
    Tensor<T> forward(const Tensor<T>& x) final { return function_(x); }

private:
    std::string kind_;
    Function function_;
    Options options_;
};
/// The scalar type of the argument.
template <class F>
Lambda(F) -> Lambda<float>;

/// x itself.
template <class T = float>
class Identity final : public Lambda<T> {
public:
    Identity() : Lambda<T>("Identity", [](const Tensor<T>& x) { return reshape(x, x.shape()); }) {}
};

/// The axes from `first` to `last` as one, see `flatten`; by default all but the first, the batch.
template <class T = float>
class Flatten final : public Lambda<T> {
public:
    /// Negative axes count from the last.
    explicit Flatten(std::ptrdiff_t first = 1, std::ptrdiff_t last = -1)
        : Lambda<T>("Flatten", [=](const Tensor<T>& x) { return flatten(x, first, last); },
                    {{"start_dim", static_cast<double>(first)}, {"end_dim", static_cast<double>(last)}}) {}
};

/// One axis as several: (batch, 3072) to (batch, 3, 32, 32) by `Unflatten(1, {3, 32, 32})`.
template <class T = float>
class Unflatten final : public Module<T> {
public:
    /// A negative axis counts from the last. Errors are thrown by the call.
    Unflatten(std::ptrdiff_t axis, Shape extents) : axis_(axis), extents_(std::move(extents)) {}

    std::string kind() const override { return "Unflatten"; }
    std::string describe() const override;
    void visit(StateVisitor<T>&) override {}
    std::unique_ptr<Module<T>> clone() const override {
        return with_state_of(*this, Unflatten(axis_, extents_));
    }
    /// The shape that it makes of one. @throws ShapeError  there is no such axis, or it has another number of
    /// elements.
    Shape result(const Shape& x) const;

protected:
    Tensor<T> forward(const Tensor<T>& x) override { return reshape(x, result(x.shape())); }

private:
    std::ptrdiff_t axis_;
    Shape extents_;
};

/// max(x, 0), element by element.
template <class T = float>
class ReLU final : public Lambda<T> {
public:
    ReLU() : Lambda<T>("ReLU", [](const Tensor<T>& x) { return relu(x); }) {}
};

/// tanh(x), element by element.
template <class T = float>
class Tanh final : public Lambda<T> {
public:
    Tanh() : Lambda<T>("Tanh", [](const Tensor<T>& x) { return tanh(x); }) {}
};

/// 1 / (1 + e^-x), element by element.
template <class T = float>
class Sigmoid final : public Lambda<T> {
public:
    Sigmoid() : Lambda<T>("Sigmoid", [](const Tensor<T>& x) { return sigmoid(x); }) {}
};

/// e^x / sum(e^x) along the last axis.
template <class T = float>
class Softmax final : public Lambda<T> {
public:
    Softmax() : Lambda<T>("Softmax", [](const Tensor<T>& x) { return softmax(x); }) {}
};

/// log(softmax(x)) along the last axis.
template <class T = float>
class LogSoftmax final : public Lambda<T> {
public:
    LogSoftmax() : Lambda<T>("LogSoftmax", [](const Tensor<T>& x) { return log_softmax(x); }) {}
};

/// x where it is positive, else slope x.
template <class T = float>
class LeakyReLU final : public Lambda<T> {
public:
    /// The slope where x is negative.
    explicit LeakyReLU(double slope = 0.01)
        : Lambda<T>("LeakyReLU", [=](const Tensor<T>& x) { return leaky_relu(x, slope); },
                    {{"negative_slope", slope}}) {}
};

/// x where it is positive, else alpha (e^x - 1).
template <class T = float>
class ELU final : public Lambda<T> {
public:
    /// Minus the limit at -inf.
    explicit ELU(double alpha = 1)
        : Lambda<T>("ELU", [=](const Tensor<T>& x) { return elu(x, alpha); }, {{"alpha", alpha}}) {}
};

/// x Phi(x), see `gelu`.
template <class T = float>
class GELU final : public Lambda<T> {
public:
    /// Exact by default.
    explicit GELU(Approximate approximate = Approximate::none)
        : Lambda<T>("GELU", [=](const Tensor<T>& x) { return gelu(x, approximate); },
                    {{"approximate", static_cast<double>(approximate)}}) {}
};

/// x sigmoid(x).
template <class T = float>
class SiLU final : public Lambda<T> {
public:
    SiLU() : Lambda<T>("SiLU", [](const Tensor<T>& x) { return silu(x); }) {}
};

/// log(1 + e^(beta x)) / beta; x itself where beta x > threshold.
template <class T = float>
class Softplus final : public Lambda<T> {
public:
    /// Errors of `softplus` are thrown by the call.
    explicit Softplus(double beta = 1, double threshold = 20)
        : Lambda<T>("Softplus", [=](const Tensor<T>& x) { return softplus(x, beta, threshold); },
                    {{"beta", beta}, {"threshold", threshold}}) {}
};

/// In training mode sets each element to 0 with probability p, else divides it by 1 - p; in evaluation mode x
/// itself. It has a generator of its own, which a checkpoint keeps.
template <class T = float>
class Dropout final : public Module<T> {
public:
    /// Takes its generator from `rng`, which advances by one number.
    /// @throws ValueError  p is outside [0, 1].
    Dropout(double p, Rng& rng);

    std::string kind() const override { return "Dropout"; }
    std::string describe() const override;
    void visit(StateVisitor<T>& state) override { state.generator("generator", rng_); }
    std::unique_ptr<Module<T>> clone() const override;
    /// The probability of a 0 in training mode.
    double p() const { return p_; }

protected:
    Tensor<T> forward(const Tensor<T>& x) override;

private:
    double p_;
    Rng rng_;
};

}  // namespace xgrad
