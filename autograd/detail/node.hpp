#pragma once

#include <array>
#include <tuple>
#include <type_traits>

#include <xgrad/autograd/detail/walk.hpp>

namespace xgrad::detail {

// Owns the values that `saves` referred to.
template <class... S>
using Saved = std::tuple<std::remove_cvref_t<S>...>;

// The backward function of one input.
template <class T, class F, class... S>
struct EdgeNode final : Node<T> {
    Target target;
    F gradient;
    Saved<S...> saved;
    EdgeNode(const Target& t, F&& f, std::tuple<S...>&& s)
        : target(t), gradient(std::move(f)), saved(std::move(s)) {}
    void run(const Tensor<T>& dy, Walk<T>& walk) override {
        walk.contribute(target,
                        std::apply([&](const auto&... values) { return gradient(dy, values...); }, saved));
    }
};

// The backward function of all inputs together.
template <class T, std::size_t N, class F, class... S>
struct JointNode final : Node<T> {
    std::array<Target, N> targets;
    std::array<bool, N> needed;
    F gradients;
    Saved<S...> saved;
    JointNode(const std::array<Target, N>& t, const std::array<bool, N>& n, F&& f, std::tuple<S...>&& s)
        : targets(t), needed(n), gradients(std::move(f)), saved(std::move(s)) {}
    void run(const Tensor<T>& dy, Walk<T>& walk) override {
        std::array<Tensor<T>, N> all =
            std::apply([&](const auto&... values) { return gradients(dy, needed, values...); }, saved);
        for (std::size_t i = 0; i < N; ++i)
            if (needed[i]) walk.contribute(targets[i], std::move(all[i]));
    }
};

}  // namespace xgrad::detail
