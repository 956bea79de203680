#include <xgrad/autograd/recomputed.hpp>

#include <algorithm>
#include <cstdint>
#include <span>

#include <fmt/format.h>

#include <xgrad/autograd/detail/grad_or_zeros.hpp>
#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/io/crc32.hpp>

namespace xgrad {
namespace {

constexpr char op[] = "recomputed";

template <class T>
using Tensors = std::vector<Tensor<T>>;

// What the first call of f leaves for those of the backward pass.
template <class T>
struct FirstCall {
    Function<T> f;
    Anomaly anomaly;
    std::uint32_t checksum;  // of the value
    bool depends = false;  // whether the value depends on anything that requires a gradient
    Tensors<T> captured;  // the leaves that f used beside its arguments
};

template <class T>
std::uint32_t checksum(const Tensor<T>& y) {
    return crc32(std::as_bytes(std::span(y.value().data(), y.size())));
}

// A copy of each x, as a leaf if it needs a gradient.
template <class T>
Tensors<T> copies(const Tensors<T>& xs) {
    Tensors<T> all;
    for (const Tensor<T>& x : xs) {
        all.push_back(x.detach());
        if (x.requires_grad()) all.back().set_requires_grad(RequiresGrad::yes);
    }
    return all;
}

template <class T>
Tensors<T> joined(Tensors<T> list, const Tensors<T>& more) {
    list.insert(list.end(), more.begin(), more.end());
    return list;
}

template <class T>
bool contains(const Tensors<T>& list, const Tensor<T>& x) {
    return std::ranges::any_of(list, [&](const Tensor<T>& other) { return other.is_same(x); });
}

// The value and what the first call leaves. A tape of its own shows which leaves f uses.
template <class T>
std::pair<Tensor<T>, FirstCall<T>> call(const Function<T>& f, const Tensors<T>& xs) {
    FirstCall<T> first{f, detail::Recorder<T>::current()->anomaly(), 0, false, {}};
    const Tensors<T> at = copies(xs);
    const Tape<T> tape({.anomaly = first.anomaly});
    const Tensor<T> y = f(at);
    check_inputs(op, y);
    for (const Tensor<T>& leaf : detail::Recorder<T>::current()->leaves())
        if (!contains(at, leaf) && !contains(first.captured, leaf)) first.captured.push_back(leaf);
    if (y.is_leaf() && y.requires_grad() && !contains(at, y) && !contains(first.captured, y))
        first.captured.push_back(y);  // f returns it as it is
    first.checksum = checksum(y);
    first.depends = y.requires_grad();
    return {y.detach(), std::move(first)};
}

// The gradients of sum(dy f(xs)) for the xs and the captured leaves; undefined where they are not needed.
// The innermost tape records f.
template <class T>
Tensors<T> gradients(const FirstCall<T>& first, const Tensors<T>& xs, const Tensor<T>& dy,
                     const std::vector<bool>& needed, const GradOptions& options) {
    const Tensor<T> y = first.f(xs);
    if (y.shape() != dy.shape() || checksum(y) != first.checksum)
        fail<GraphError>(
            op,
            fmt::format(
                "the function gave another value, shape {}, in the backward pass than before, shape {}: it must depend on nothing that changes, such as a generator or a mode",
                to_string(y.shape()), to_string(dy.shape())));
    const Tensors<T> inputs = joined(xs, first.captured);
    Tensors<T> wanted, all(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (needed[i]) wanted.push_back(inputs[i]);
    const Tensors<T> found = detail::grad_or_zeros(sum(dy * y), wanted, options);
    for (std::size_t i = 0, next = 0; i < inputs.size(); ++i)
        if (needed[i]) all[i] = found[next++];
    return all;
}

// The same, recorded: as one recomputed Tensor, which is cut.
template <class T>
Tensors<T> recorded_gradients(const FirstCall<T>& first, const Tensors<T>& xs, const Tensor<T>& dy,
                              const std::vector<bool>& needed) {
    const Tensors<T> inputs = joined(xs, first.captured);
    const auto joined_gradients = [first, needed](const Tensors<T>& at) {
        Tensors<T> parts;
        for (const Tensor<T>& part :
             gradients(first, {at.begin(), at.end() - 1}, at.back(), needed, {.create_graph = true}))
            if (part.defined()) parts.push_back(flatten(part));
        return concatenate(parts, 0);
    };
    const Tensor<T> all = recomputed<T>(joined_gradients, joined(xs, {dy}));
    Tensors<T> found(inputs.size());
    std::ptrdiff_t begin = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!needed[i]) continue;
        const std::ptrdiff_t end = begin + static_cast<std::ptrdiff_t>(inputs[i].size());
        found[i] = reshape(slice(all, 0, begin, end), inputs[i].shape());
        begin = end;
    }
    return found;
}

}  // namespace

template <class T>
Tensor<T> recomputed(const std::type_identity_t<Function<T>>& f, const Tensors<T>& xs) {
    for (const Tensor<T>& x : xs) check_inputs(op, x);
    if (!is_recording<T>()) return f(xs);
    auto [y, first] = call(f, xs);
    if (!first.depends) return y;
    const Tensors<T> inputs = joined(xs, first.captured);
    std::vector<const Tensor<T>*> pointers;
    for (const Tensor<T>& x : inputs) pointers.push_back(&x);
    return record(
        op, std::move(y), pointers,
        [first = std::move(first)](const auto& dy, const auto& needed, const auto& in) {
            const Tensors<T> arguments(in.begin(),
                                       in.end() - static_cast<std::ptrdiff_t>(first.captured.size()));
            if (is_recording<T>()) return recorded_gradients(first, arguments, dy, needed);
            const Tape<T> tape({.anomaly = first.anomaly});
            return gradients(first, copies(arguments), dy, needed, {});
        },
        saves(inputs));
}

template Tensor<float> recomputed(const Function<float>&, const Tensors<float>&);
template Tensor<double> recomputed(const Function<double>&, const Tensors<double>&);

}  // namespace xgrad
