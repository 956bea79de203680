#pragma once

#include <tuple>
#include <type_traits>

#include <xgrad/autograd/detail/walk.hpp>

namespace xgrad::detail {

// Owns the values that `saves` referred to.
template <class... S>
using Saved = std::tuple<std::remove_cvref_t<S>...>;

// The nodes, one type per op, are hidden in the library that records them: their names are a third of what it
// would export.

// The backward function of one input.
template <class T, class F, class... S>
struct [[gnu::visibility("hidden")]] EdgeNode final : Node<T> {
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

// The backward function of all inputs together. The lists are arrays or vectors.
template <class T, class Targets, class Needed, class F, class... S>
struct [[gnu::visibility("hidden")]] JointNode final : Node<T> {
    Targets targets;
    Needed needed;
    F gradients;
    Saved<S...> saved;
    JointNode(Targets&& t, Needed&& n, F&& f, std::tuple<S...>&& s)
        : targets(std::move(t)), needed(std::move(n)), gradients(std::move(f)), saved(std::move(s)) {}
    void run(const Tensor<T>& dy, Walk<T>& walk) override {
        auto all = std::apply([&](const auto&... values) { return gradients(dy, needed, values...); }, saved);
        for (std::size_t i = 0; i < targets.size(); ++i)
            if (needed[i]) walk.contribute(targets[i], std::move(all[i]));
    }
};

}  // namespace xgrad::detail
