#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "program.hpp"

// The ops of random programs: how each chooses its operands and attributes, how it is called, and its formula
// for the oracle.
namespace xgrad::programs {
namespace {

// ---- what an op accepts -----------------------------------------------------------------------------------

bool all(const JetArray& x, bool (*accepts)(double)) {
    for (const Jet& element : x.data)
        if (!accepts(number(element))) return false;
    return true;
}
bool any(const JetArray&) { return true; }
bool small(const JetArray& x) {
    return all(x, [](double v) { return std::abs(v) < 3; });
}
bool positive(const JetArray& x) {
    return all(x, [](double v) { return 0.1 < v && v < 10; });
}
bool nonzero(const JetArray& x) {
    return all(x, [](double v) { return std::abs(v) > 0.1; });
}
bool has_axes(const JetArray& x) { return !x.shape.empty(); }
bool matrix(const JetArray& x) { return x.shape.size() == 2; }

Accepts of_shape(const Shape& shape) {
    return [shape](const JetArray& x) { return x.shape == shape; };
}
Accepts broadcasts_with(const Shape& shape, const Accepts& accepts = any) {
    return [=](const JetArray& x) {
        for (std::size_t i = 1; i <= std::min(shape.size(), x.shape.size()); ++i) {
            const std::size_t a = shape[shape.size() - i], b = x.shape[x.shape.size() - i];
            if (a != b && a != 1 && b != 1) return false;
        }
        return accepts(x);
    };
}

// ---- families ---------------------------------------------------------------------------------------------

// f is generic: it takes a Tensor or a Jet.
template <class F>
ProgramOp unary(std::string declaration, F f, const Accepts& accepts = any) {
    return {std::move(declaration), [=](Draft& draft) {
                const JetArray& x = draft.operand(accepts);
                return Step{elementwise(f, x), [f](const auto& in) { return f(in[0]); }, ""};
            }};
}

// f takes a number, too.
template <class F>
ProgramOp with_number(std::string declaration, F f, const Accepts& accepts = any) {
    return {std::move(declaration), [=](Draft& draft) {
                const JetArray& x = draft.operand(accepts);
                const double c = draft.one_of({2.0, -1.5, 0.5, 3.0, 0.0, 1.0, -1.0, 2.3, -0.4});
                return Step{elementwise([&](const Jet& element) { return f(element, c); }, x),
                            [=](const auto& in) { return f(in[0], c); }, fmt::format(", {}", c)};
            }};
}

template <class F>
ProgramOp binary(std::string declaration, F f, const Accepts& accepts_a = any,
                 const Accepts& accepts_b = any) {
    return {std::move(declaration), [=](Draft& draft) {
                const JetArray& a = draft.operand(accepts_a);
                const JetArray& b = draft.operand(broadcasts_with(a.shape, accepts_b));
                return Step{elementwise(f, a, b), [f](const auto& in) { return f(in[0], in[1]); }, ""};
            }};
}

std::string printed(const Axes& axes) { return fmt::format(", [{}]", fmt::join(axes, ", ")); }

// `call` takes a Tensor, axes and whether they are kept; `formula` the elements that are reduced to one.
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

// ---- ops that choose shapes and attributes of their own ---------------------------------------------------

Step make_where(Draft& draft) {
    const JetArray& a = draft.operand(any);
    const JetArray& b = draft.operand(broadcasts_with(a.shape));
    const Shape shape =
        draft.one_of({registry::naive_broadcast(a.shape, b.shape), a.shape, b.shape, Shape{}});
    const JetArray chosen = generate(shape, [bits = draft.below(256)](const Index& at) {
        return Jet(static_cast<double>((bits >> (at.empty() ? 0 : at.back() + at[0])) % 2));
    });
    Array<double> condition(shape);
    for (std::size_t i = 0; i < chosen.data.size(); ++i) condition.data()[i] = number(chosen.data[i]);
    return {elementwise([](const Jet& c, const Jet& x, const Jet& y) { return number(c) != 0 ? x : y; },
                        chosen, a, b),
            [c = Tensor<double>(condition)](const auto& in) { return where(c, in[0], in[1]); },
            fmt::format(", condition {}", std::vector<double>(condition.begin(), condition.end()))};
}

Step make_clamp(Draft& draft) {
    const JetArray& x = draft.operand(any);
    const auto [low, high] =
        draft.one_of<std::pair<double, double>>({{-0.5, 0.5}, {0.25, 1}, {-INFINITY, 0.5}, {-0.5, INFINITY}});
    return {
        elementwise([low = low, high = high](const Jet& element) { return clamp(element, low, high); }, x),
        [low = low, high = high](const auto& in) { return clamp(in[0], low, high); },
        fmt::format(", {}, {}", low, high)};
}

Step make_variance(Draft& draft) {
    const std::size_t correction = draft.below(2);
    const auto op = reduction(
        "", [=](const auto& x, const Axes& axes, KeepDims k) { return variance(x, axes, k, correction); },
        [=](const std::vector<Jet>& x) {
            if (x.size() <= correction) Draft::reject();
            return variance(x, correction);
        });
    Step step = op.make(draft);
    step.attributes += fmt::format(", correction {}", correction);
    return step;
}

Step make_reshape(Draft& draft) {
    const JetArray& x = draft.operand(any);
    const std::size_t size = x.data.size();
    std::vector<Shape> shapes{{size}, {1, size}, {size, 1}};
    for (const std::size_t factor : {2UL, 3UL})
        if (size % factor == 0) {
            shapes.push_back({factor, size / factor});
            shapes.push_back({size / factor, factor});
        }
    if (size == 1) shapes.push_back({});
    const Shape shape = shapes[draft.below(shapes.size())];
    return {{shape, x.data},
            [shape](const auto& in) { return reshape(in[0], shape); },
            ", " + xgrad::to_string(shape)};
}

Step make_transpose(Draft& draft) {
    const JetArray& x = draft.operand(any);
    Axes order;
    for (std::size_t axis = 0; axis < x.shape.size(); ++axis)
        order.insert(order.begin() + static_cast<std::ptrdiff_t>(draft.below(axis + 1)),
                     static_cast<std::ptrdiff_t>(axis));
    return {transpose(x, order), [order](const auto& in) { return transpose(in[0], order); }, printed(order)};
}

Step make_reverse(Draft& draft) {
    const JetArray& x = draft.operand(any);
    Axes order;
    for (std::size_t axis = x.shape.size(); axis-- > 0;) order.push_back(static_cast<std::ptrdiff_t>(axis));
    return {transpose(x, order), [](const auto& in) { return transpose(in[0]); }, ""};
}

Step make_broadcast_to(Draft& draft) {
    const JetArray& x = draft.operand(any);
    Shape shape;
    if (const std::size_t leading = draft.below(3); leading > 0) shape.push_back(leading);
    for (const std::size_t extent : x.shape) shape.push_back(extent == 1 ? 1 + draft.below(3) : extent);
    return {generate(shape, [&](const Index& at) { return x.at(at); }),
            [shape](const auto& in) { return broadcast_to(in[0], shape); }, ", " + xgrad::to_string(shape)};
}

Step make_sum_to(Draft& draft) {
    const JetArray& x = draft.operand(any);
    Shape shape(x.shape.begin() + static_cast<std::ptrdiff_t>(draft.below(x.shape.size() + 1)),
                x.shape.end());
    for (std::size_t& extent : shape)
        if (draft.below(2) == 1) extent = 1;
    return {sum_to(x, shape), [shape](const auto& in) { return sum_to(in[0], shape); },
            ", " + xgrad::to_string(shape)};
}

Step make_concatenate(Draft& draft) {
    const std::size_t count = 1 + draft.below(3);
    std::vector<JetArray> parts{draft.operand(has_axes)};
    const std::size_t axis = draft.below(parts[0].shape.size());
    for (std::size_t i = 1; i < count; ++i)
        parts.push_back(draft.operand([&](const JetArray& x) {
            Shape shape = x.shape;
            if (shape.size() == parts[0].shape.size()) shape[axis] = parts[0].shape[axis];
            return shape == parts[0].shape;
        }));
    const auto given = static_cast<std::ptrdiff_t>(axis);
    return {concatenate(parts, axis), [=](const auto& in) { return concatenate(in, given); },
            fmt::format(", axis {}", axis)};
}

Step make_slice(Draft& draft) {
    const JetArray& x = draft.operand(has_axes);
    const std::size_t axis = draft.below(x.shape.size()), extent = x.shape[axis], begin = draft.below(extent),
                      end = begin + 1 + draft.below(extent - begin);
    const auto first = static_cast<std::ptrdiff_t>(begin), last = static_cast<std::ptrdiff_t>(end);
    return {slice(x, axis, begin, end),
            [=](const auto& in) { return slice(in[0], static_cast<std::ptrdiff_t>(axis), first, last); },
            fmt::format(", axis {}, [{}, {})", axis, begin, end)};
}

JetArray flipped(const JetArray& x) { return transpose(x, {1, 0}); }

Step make_matmul(Draft& draft) {
    const Transpose ta = draft.one_of({Transpose::no, Transpose::yes}),
                    tb = draft.one_of({Transpose::no, Transpose::yes});
    const JetArray& a = draft.operand(matrix);
    const std::size_t inner = a.shape[ta == Transpose::yes ? 0 : 1];
    const JetArray& b = draft.operand(
        [=](const JetArray& x) { return matrix(x) && x.shape[tb == Transpose::yes ? 1 : 0] == inner; });
    return {matmul(ta == Transpose::yes ? flipped(a) : a, tb == Transpose::yes ? flipped(b) : b),
            [=](const auto& in) { return matmul(in[0], in[1], ta, tb); },
            std::string(ta == Transpose::yes ? ", a^T" : "") + (tb == Transpose::yes ? ", b^T" : "")};
}

Step make_linear(Draft& draft) {
    const bool biased = draft.below(2) == 1;
    const JetArray& x = draft.operand(matrix);
    const JetArray& weight =
        draft.operand([&](const JetArray& w) { return matrix(w) && w.shape[1] == x.shape[1]; });
    JetArray y = matmul(x, flipped(weight));
    if (biased) {
        const JetArray& bias = draft.operand(of_shape({weight.shape[0]}));
        y = elementwise([](const Jet& a, const Jet& b) { return a + b; }, y, bias);
    }
    return {std::move(y),
            [=](const auto& in) { return biased ? linear(in[0], in[1], in[2]) : linear(in[0], in[1]); }, ""};
}

Step make_batch_norm(Draft& draft) {
    const bool affine = draft.below(2) == 1;
    const double epsilon = draft.one_of({0.01, 0.5});
    const JetArray& x = draft.operand(matrix);
    const Shape features{x.shape[1]};
    const auto constant = [&](double c) { return generate(features, [c](const Index&) { return Jet(c); }); };
    const JetArray gamma = affine ? draft.operand(of_shape(features)) : constant(1);
    const JetArray beta = affine ? draft.operand(of_shape(features)) : constant(0);
    return {batch_norm(x, gamma, beta, epsilon),
            [=](const auto& in) {
                return affine ? batch_norm(in[0], in[1], in[2], epsilon) : batch_norm(in[0], {}, {}, epsilon);
            },
            fmt::format(", epsilon {}", epsilon)};
}

Step make_cross_entropy(Draft& draft) {
    const JetArray& logits = draft.operand([](const JetArray& x) { return matrix(x) && small(x); });
    Labels labels;
    for (std::size_t row = 0; row < logits.shape[0]; ++row)
        labels.push_back(static_cast<std::int32_t>(draft.below(logits.shape[1])));
    return {cross_entropy(logits, labels), [labels](const auto& in) { return cross_entropy(in[0], labels); },
            fmt::format(", labels {}", labels)};
}

Step make_log_softmax(Draft& draft) {
    const JetArray& x = draft.operand([](const JetArray& y) { return has_axes(y) && small(y); });
    return {log_softmax(x), [](const auto& in) { return log_softmax(in[0]); }, ""};
}

Step make_softmax(Draft& draft) {
    Step step = make_log_softmax(draft);
    return {elementwise([](const Jet& y) { return exp(y); }, step.value),
            [](const auto& in) { return softmax(in[0]); }, ""};
}

Step make_mse_loss(Draft& draft) {
    const JetArray& prediction = draft.operand(any);
    const JetArray& target = draft.operand(of_shape(prediction.shape));
    const JetArray squares =
        elementwise([](const Jet& a, const Jet& b) { return square(a - b); }, prediction, target);
    return {{{}, {mean(squares.data)}}, [](const auto& in) { return mse_loss(in[0], in[1]); }, ""};
}

Step make_power(Draft& draft) {
    const JetArray& x = draft.operand(nonzero);
    const double p = positive(x) ? draft.one_of({2.0, -1.0, 3.0, 0.0, 1.0, -2.0, 0.5, -1.5, 2.3})
                                 : draft.one_of({2.0, -1.0, 3.0, 0.0, 1.0, -2.0});
    return {elementwise([p](const Jet& element) { return pow(element, p); }, x),
            [p](const auto& in) { return pow(in[0], p); }, fmt::format(", {}", p)};
}

std::vector<ProgramOp> elementwise_ops() {
    return {
        binary("operator+(Tensor, Tensor)", [](const auto& a, const auto& b) { return a + b; }),
        binary("operator-(Tensor, Tensor)", [](const auto& a, const auto& b) { return a - b; }),
        binary("operator*(Tensor, Tensor)", [](const auto& a, const auto& b) { return a * b; }),
        binary(
            "operator/(Tensor, Tensor)", [](const auto& a, const auto& b) { return a / b; }, any, nonzero),
        with_number("operator+(Tensor, double)", [](const auto& x, double c) { return x + c; }),
        with_number("operator+(double, Tensor)", [](const auto& x, double c) { return c + x; }),
        with_number("operator-(Tensor, double)", [](const auto& x, double c) { return x - c; }),
        with_number("operator-(double, Tensor)", [](const auto& x, double c) { return c - x; }),
        with_number("operator*(Tensor, double)", [](const auto& x, double c) { return x * c; }),
        with_number("operator*(double, Tensor)", [](const auto& x, double c) { return c * x; }),
        with_number("operator/(Tensor, double)", [](const auto& x, double c) { return x / c; }),
        with_number(
            "operator/(double, Tensor)", [](const auto& x, double c) { return c / x; }, nonzero),
        unary("operator-(Tensor)", [](const auto& x) { return -x; }),
        unary(
            "exp(Tensor)", [](const auto& x) { return exp(x); }, small),
        unary(
            "log(Tensor)", [](const auto& x) { return log(x); }, positive),
        unary(
            "sqrt(Tensor)", [](const auto& x) { return sqrt(x); }, positive),
        unary("square(Tensor)", [](const auto& x) { return square(x); }),
        unary("abs(Tensor)", [](const auto& x) { return abs(x); }),
        unary(
            "tanh(Tensor)", [](const auto& x) { return tanh(x); }, small),
        unary(
            "sigmoid(Tensor)", [](const auto& x) { return sigmoid(x); }, small),
        unary("relu(Tensor)", [](const auto& x) { return relu(x); }),
        binary("maximum(Tensor, Tensor)", [](const auto& a, const auto& b) { return maximum(a, b); }),
        binary("minimum(Tensor, Tensor)", [](const auto& a, const auto& b) { return minimum(a, b); }),
        binary(
            "pow(Tensor, Tensor)", [](const auto& a, const auto& b) { return pow(a, b); }, positive, small),
        {"pow(Tensor, double)", make_power},
        {"clamp(Tensor, double, double)", make_clamp},
        {"where(Tensor, Tensor, Tensor)", make_where},
    };
}

#define REDUCTION(name, ...)                                                                        \
    reduction(                                                                                      \
        #name "(Tensor, Axes, KeepDims)",                                                           \
        [](const auto& x, const Axes& axes, KeepDims keepdims) { return name(x, axes, keepdims); }, \
        [](const std::vector<Jet>& x) { return name(x); } __VA_OPT__(, ) __VA_ARGS__),              \
        total(                                                                                      \
            #name "(Tensor)", [](const auto& x) { return name(x); },                                \
            [](const std::vector<Jet>& x) { return name(x); } __VA_OPT__(, ) __VA_ARGS__)

std::vector<ProgramOp> other_ops() {
    return {REDUCTION(sum),
            REDUCTION(mean),
            REDUCTION(amax),
            REDUCTION(amin),
            REDUCTION(logsumexp, small),
            {"variance(Tensor, Axes, KeepDims, size_t)", make_variance},
            total(
                "variance(Tensor)", [](const auto& x) { return variance(x); },
                [](const std::vector<Jet>& x) { return variance(x, 0); }),
            {"reshape(Tensor, Shape)", make_reshape},
            {"transpose(Tensor, Axes)", make_transpose},
            {"transpose(Tensor)", make_reverse},
            {"broadcast_to(Tensor, Shape)", make_broadcast_to},
            {"sum_to(Tensor, Shape)", make_sum_to},
            {"concatenate(vector<Tensor>, ptrdiff_t)", make_concatenate},
            {"slice(Tensor, ptrdiff_t, ptrdiff_t, ptrdiff_t)", make_slice},
            {"matmul(Tensor, Tensor, Transpose, Transpose)", make_matmul},
            {"linear(Tensor, Tensor, Tensor)", make_linear},
            {"batch_norm(Tensor, Tensor, Tensor, double, BatchStatistics*)", make_batch_norm},
            {"softmax(Tensor)", make_softmax},
            {"log_softmax(Tensor)", make_log_softmax},
            {"cross_entropy(Tensor, Labels)", make_cross_entropy},
            {"mse_loss(Tensor, Tensor)", make_mse_loss}};
}

}  // namespace

const std::vector<ProgramOp>& all_ops() {
    static const std::vector<ProgramOp> ops = [] {
        std::vector<ProgramOp> both = elementwise_ops();
        for (ProgramOp& op : other_ops()) both.push_back(std::move(op));
        return both;
    }();
    return ops;
}

}  // namespace xgrad::programs
