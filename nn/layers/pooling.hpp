#pragma once

#include <optional>
#include <string>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// `max_pool2d`: the largest element of each window.
template <class T = float>
class MaxPool2d final : public Module<T> {
public:
    /// Errors of `max_pool2d` are thrown by the call.
    explicit MaxPool2d(const Pair& window, const MaxPool2dOptions& options = {})
        : window_(window), options_(options) {}

    std::string kind() const override { return "MaxPool2d"; }
    std::string describe() const override;
    void visit(StateVisitor<T>&) override {}
    std::unique_ptr<Module<T>> clone() const override {
        return with_state_of(*this, MaxPool2d(window_, options_));
    }
    /// The extents of a window.
    const Pair& window() const { return window_; }
    /// How it moves.
    const MaxPool2dOptions& options() const { return options_; }

protected:
    Tensor<T> forward(const Tensor<T>& x) override { return max_pool2d(x, window_, options_); }

private:
    Pair window_;
    MaxPool2dOptions options_;
};

/// `avg_pool2d`: the mean of each window.
template <class T = float>
class AvgPool2d final : public Module<T> {
public:
    /// Errors of `avg_pool2d` are thrown by the call.
    explicit AvgPool2d(const Pair& window, const AvgPool2dOptions& options = {})
        : window_(window), options_(options) {}

    std::string kind() const override { return "AvgPool2d"; }
    std::string describe() const override;
    void visit(StateVisitor<T>&) override {}
    std::unique_ptr<Module<T>> clone() const override {
        return with_state_of(*this, AvgPool2d(window_, options_));
    }
    /// The extents of a window.
    const Pair& window() const { return window_; }
    /// How it moves.
    const AvgPool2dOptions& options() const { return options_; }

protected:
    Tensor<T> forward(const Tensor<T>& x) override { return avg_pool2d(x, window_, options_); }

private:
    Pair window_;
    AvgPool2dOptions options_;
};

/// `adaptive_avg_pool2d`: the means of as many windows as the result has elements. `AdaptiveAvgPool2d(1)` is
/// the mean of each channel.
template <class T = float>
class AdaptiveAvgPool2d final : public Module<T> {
public:
    /// Of the result. Errors of `adaptive_avg_pool2d` are thrown by the call.
    explicit AdaptiveAvgPool2d(const Pair& extents) : extents_(extents) {}

    std::string kind() const override { return "AdaptiveAvgPool2d"; }
    std::string describe() const override;
    void visit(StateVisitor<T>&) override {}
    std::unique_ptr<Module<T>> clone() const override {
        return with_state_of(*this, AdaptiveAvgPool2d(extents_));
    }
    /// Of the result.
    const Pair& extents() const { return extents_; }

protected:
    Tensor<T> forward(const Tensor<T>& x) override { return adaptive_avg_pool2d(x, extents_); }

private:
    Pair extents_;
};

/// One of the two.
struct UpsampleOptions {
    std::optional<Pair> size = std::nullopt;  ///< The extents of the result.
    std::optional<Pair> scale_factor = std::nullopt;  ///< How often each element is repeated.
};

/// `upsample_nearest2d`: images of other extents by repeating elements.
template <class T = float>
class Upsample final : public Module<T> {
public:
    /// `Upsample({.scale_factor = 2})`. @throws ValueError  not one of the two is given, or a factor is 0.
    explicit Upsample(const UpsampleOptions& options);

    std::string kind() const override { return "Upsample"; }
    std::string describe() const override;
    void visit(StateVisitor<T>&) override {}
    std::unique_ptr<Module<T>> clone() const override { return with_state_of(*this, Upsample(options_)); }
    /// What the constructor was given.
    const UpsampleOptions& options() const { return options_; }
    /// Those of the result for images x of that shape; of any other shape, which the call refuses, any.
    Pair extents(const Shape& x) const;

protected:
    Tensor<T> forward(const Tensor<T>& x) override { return upsample_nearest2d(x, extents(x.shape())); }

private:
    UpsampleOptions options_;
};

}  // namespace xgrad
