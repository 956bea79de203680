#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "program.hpp"

// Building blocks for the ops of random programs (tests/programs/ops_*.cpp). An op defines how it chooses its
// operands and attributes, how it is called, and its formula for the oracle.
namespace xgrad::programs {

// ---- what an op accepts -----------------------------------------------------------------------------------

inline bool all(const JetArray& x, bool (*accepts)(double)) {
    for (const Jet& element : x.data)
        if (!accepts(number(element))) return false;
    return true;
}
inline bool any(const JetArray&) { return true; }
inline bool small(const JetArray& x) {
    return all(x, [](double v) { return std::abs(v) < 3; });
}
inline bool positive(const JetArray& x) {
    return all(x, [](double v) { return 0.1 < v && v < 10; });
}
inline bool nonzero(const JetArray& x) {
    return all(x, [](double v) { return std::abs(v) > 0.1; });
}
inline bool has_axes(const JetArray& x) { return !x.shape.empty(); }
inline bool matrix(const JetArray& x) { return x.shape.size() == 2; }

inline Accepts of_shape(const Shape& shape) {
    return [shape](const JetArray& x) { return x.shape == shape; };
}
inline Accepts broadcasts_with(const Shape& shape, const Accepts& accepts = any) {
    return [=](const JetArray& x) {
        for (std::size_t i = 1; i <= std::min(shape.size(), x.shape.size()); ++i) {
            const std::size_t a = shape[shape.size() - i], b = x.shape[x.shape.size() - i];
            if (a != b && a != 1 && b != 1) return false;
        }
        return accepts(x);
    };
}

// ---- families ---------------------------------------------------------------------------------------------

// f is generic: it takes a Tensor or a Jet, and a number.
template <class F>
ProgramOp with_number(std::string declaration, F f, const Accepts& accepts = any) {
    return {std::move(declaration), [=](Draft& draft) {
                const JetArray& x = draft.operand(accepts);
                const double c = draft.one_of({2.0, -1.5, 0.5, 3.0, 0.0, 1.0, -1.0, 2.3, -0.4});
                return Step{elementwise([&](const Jet& element) { return f(element, c); }, x),
                            [=](const auto& in) { return f(in[0], c); }, fmt::format(", {}", c)};
            }};
}

// f takes two Tensors or Jets.
template <class F>
ProgramOp binary(std::string declaration, F f, const Accepts& accepts_a = any,
                 const Accepts& accepts_b = any) {
    return {std::move(declaration), [=](Draft& draft) {
                const JetArray& a = draft.operand(accepts_a);
                const JetArray& b = draft.operand(broadcasts_with(a.shape, accepts_b));
                return Step{elementwise(f, a, b), [f](const auto& in) { return f(in[0], in[1]); }, ""};
            }};
}

inline std::string printed(const Axes& axes) { return fmt::format(", [{}]", fmt::join(axes, ", ")); }

// `call` takes a Tensor, axes and KeepDims; `formula` takes the elements that are reduced to one.
template <class F, class G>
ProgramOp reduction(std::string declaration, F call, G formula, const Accepts& accepts = any) {
    return {std::move(declaration), [=](Draft& draft) {
                const JetArray& x = draft.operand(accepts);
                const std::size_t rank = x.shape.size(), chosen = draft.below(std::size_t{1} << rank);
                Axes axes, from_last;
                for (std::size_t axis = 0; axis < rank; ++axis)
                    if (chosen & (std::size_t{1} << axis)) {
                        axes.push_back(static_cast<std::ptrdiff_t>(axis));
                        from_last.push_back(axes.back() - static_cast<std::ptrdiff_t>(rank));
                    }
                const KeepDims keepdims = draft.one_of({KeepDims::no, KeepDims::yes});
                const Axes given = draft.one_of({axes, from_last});
                const Groups groups = group(x, axes, keepdims);
                JetArray y{groups.shape, {}};
                for (const auto& elements : groups.groups) y.data.push_back(formula(elements));
                return Step{std::move(y), [=](const auto& in) { return call(in[0], given, keepdims); },
                            printed(given) + (keepdims == KeepDims::yes ? ", kept" : "")};
            }};
}

template <class F, class G>
ProgramOp total(std::string declaration, F call, G formula, const Accepts& accepts = any) {
    return {std::move(declaration), [=](Draft& draft) {
                const JetArray& x = draft.operand(accepts);
                return Step{{{}, {formula(x.data)}}, [call](const auto& in) { return call(in[0]); }, ""};
            }};
}

}  // namespace xgrad::programs
