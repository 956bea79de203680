#pragma once

#include <type_traits>

#include <xgrad/nn/layers/linear.hpp>

namespace xgrad {

/// Filters that move over images or signals: what the layers below have in common. State: `weight`, as their
/// ops take it, and `bias` (out).
template <class T, class Options>
class FilterLayer : public Module<T> {
public:
    /// The extents of a filter: a length for signals.
    using Window = std::conditional_t<std::is_same_v<Options, Conv1dOptions>, std::size_t, Pair>;

    /// The class.
    std::string kind() const final { return kind_; }
    /// With the options that are not usual.
    std::string describe() const final;
    /// Lists `weight` and `bias`.
    void visit(StateVisitor<T>& state) final;

    /// The channels of x.
    std::size_t in() const { return in_; }
    /// The channels of the result.
    std::size_t out() const { return out_; }
    /// The extents of a filter.
    const Window& window() const { return window_; }
    /// How the filters move.
    const Options& options() const { return options_; }
    /// The filters.
    const Tensor<T>& weight() const { return weight_; }
    /// The bias, (out); undefined if there is none.
    const Tensor<T>& bias() const { return bias_; }

protected:
    /// `kind` is the class. Throws as the classes' constructors.
    FilterLayer(const char* kind, std::size_t in, std::size_t out, const Window& window, Rng& rng,
                const Options& options, const LinearOptions& parameters);
    /// For a copy that gets its values later.
    LinearOptions blank() const { return {init::zeros(), bias_.defined()}; }

private:
    const char* kind_;
    std::size_t in_, out_;
    Window window_;
    Options options_;
    Tensor<T> weight_, bias_;
};

/// `conv1d`: (batch, in, length) to (batch, out, length). State: `weight` (out, in / groups, window).
template <class T = float>
class Conv1d final : public FilterLayer<T, Conv1dOptions> {
public:
    /// @throws ValueError, ShapeError  as for `Conv2d`.
    Conv1d(std::size_t in, std::size_t out, std::size_t window, Rng& rng, const Conv1dOptions& options = {},
           const LinearOptions& parameters = {})
        : FilterLayer<T, Conv1dOptions>("Conv1d", in, out, window, rng, options, parameters) {}
    std::unique_ptr<Module<T>> clone() const override {
        Rng rng(0);
        return with_state_of(
            *this, Conv1d(this->in(), this->out(), this->window(), rng, this->options(), this->blank()));
    }

protected:
    Tensor<T> forward(const Tensor<T>& x) override {
        return conv1d(x, this->weight(), this->bias(), this->options());
    }
};

/// `conv2d`: (batch, in, rows, columns) to (batch, out, rows, columns). State: `weight` (out, in / groups,
/// window).
template <class T = float>
class Conv2d final : public FilterLayer<T, Conv2dOptions> {
public:
    /// `Conv2d(3, 32, 3, rng, {.padding = 1}, {.bias = false})`.
    /// Errors of `conv2d` are thrown by the call.
    /// @throws ValueError  `in`, `out`, the window or the groups are 0, or the groups do not divide `in` and
    /// `out`.
    /// @throws ShapeError  the weights would be too many for memory.
    Conv2d(std::size_t in, std::size_t out, const Pair& window, Rng& rng, const Conv2dOptions& options = {},
           const LinearOptions& parameters = {})
        : FilterLayer<T, Conv2dOptions>("Conv2d", in, out, window, rng, options, parameters) {}
    std::unique_ptr<Module<T>> clone() const override {
        Rng rng(0);
        return with_state_of(
            *this, Conv2d(this->in(), this->out(), this->window(), rng, this->options(), this->blank()));
    }

protected:
    Tensor<T> forward(const Tensor<T>& x) override {
        return conv2d(x, this->weight(), this->bias(), this->options());
    }
};

/// `conv_transpose2d`: (batch, in, rows, columns) to (batch, out, rows, columns). State: `weight` (in, out /
/// groups, window), whose fans an initializer takes in this order, as PyTorch's do.
template <class T = float>
class ConvTranspose2d final : public FilterLayer<T, ConvTranspose2dOptions> {
public:
    /// @throws ValueError, ShapeError  as for `Conv2d`.
    ConvTranspose2d(std::size_t in, std::size_t out, const Pair& window, Rng& rng,
                    const ConvTranspose2dOptions& options = {}, const LinearOptions& parameters = {})
        : FilterLayer<T, ConvTranspose2dOptions>("ConvTranspose2d", in, out, window, rng, options,
                                                 parameters) {}
    std::unique_ptr<Module<T>> clone() const override {
        Rng rng(0);
        return with_state_of(*this, ConvTranspose2d(this->in(), this->out(), this->window(), rng,
                                                    this->options(), this->blank()));
    }

protected:
    Tensor<T> forward(const Tensor<T>& x) override {
        return conv_transpose2d(x, this->weight(), this->bias(), this->options());
    }
};

}  // namespace xgrad
