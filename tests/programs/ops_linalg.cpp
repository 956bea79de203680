#include "families.hpp"

// Matrix products, batch norm, softmax and the losses.
namespace xgrad::programs {
namespace {

bool matrices(const JetArray& x) { return x.shape.size() >= 2; }

// The transposes of the matrices along the last two axes.
JetArray flipped(const JetArray& x) {
    Axes order;
    for (std::size_t axis = 0; axis < x.shape.size(); ++axis)
        order.push_back(static_cast<std::ptrdiff_t>(axis));
    std::swap(order.back(), order[order.size() - 2]);
    return transpose(x, order);
}

Shape leading(const Shape& shape) { return Shape(shape.begin(), shape.end() - 2); }

Step make_matmul(Draft& draft) {
    const Transpose ta = draft.one_of({Transpose::no, Transpose::yes}),
                    tb = draft.one_of({Transpose::no, Transpose::yes});
    const JetArray& a = draft.operand(matrices);
    const std::size_t inner = a.shape[a.shape.size() - (ta == Transpose::yes ? 2 : 1)];
    const JetArray& b = draft.operand([&](const JetArray& x) {
        return matrices(x) && x.shape[x.shape.size() - (tb == Transpose::yes ? 1 : 2)] == inner &&
               broadcasts_with(leading(a.shape))({leading(x.shape), {}});
    });
    return {matmul(ta == Transpose::yes ? flipped(a) : a, tb == Transpose::yes ? flipped(b) : b),
            [=](const auto& in) { return matmul(in[0], in[1], ta, tb); },
            std::string(ta == Transpose::yes ? ", a^T" : "") + (tb == Transpose::yes ? ", b^T" : "")};
}

Step make_linear(Draft& draft) {
    const bool biased = draft.below(2) == 1;
    const JetArray& x = draft.operand(has_axes);
    const JetArray& weight =
        draft.operand([&](const JetArray& w) { return matrix(w) && w.shape[1] == x.shape.back(); });
    JetArray rows = x;
    rows.shape = {x.data.size() / x.shape.back(), x.shape.back()};
    JetArray y = matmul(rows, flipped(weight));
    y.shape = x.shape;
    y.shape.back() = weight.shape[0];
    if (biased) {
        const JetArray& bias = draft.operand(of_shape({weight.shape[0]}));
        y = elementwise([](const Jet& a, const Jet& b) { return a + b; }, y, bias);
    }
    return {std::move(y),
            [=](const auto& in) { return biased ? linear(in[0], in[1], in[2]) : linear(in[0], in[1]); }, ""};
}

bool vector(const JetArray& x) { return x.shape.size() == 1; }

Step make_dot(Draft& draft) {
    const JetArray& a = draft.operand(vector);
    const JetArray& b = draft.operand(of_shape(a.shape));
    std::vector<Jet> products;
    for (std::size_t i = 0; i < a.data.size(); ++i) products.push_back(a.data[i] * b.data[i]);
    return {{{}, {sum(products)}}, [](const auto& in) { return dot(in[0], in[1]); }, ""};
}

Step make_outer(Draft& draft) {
    const JetArray& a = draft.operand(vector);
    const JetArray& b = draft.operand(vector);
    return {
        generate({a.shape[0], b.shape[0]}, [&](const Index& at) { return a.at({at[0]}) * b.at({at[1]}); }),
        [](const auto& in) { return outer(in[0], in[1]); }, ""};
}

Step make_einsum(Draft& draft) {
    const JetArray& a = draft.operand(matrix);
    const std::size_t kind = draft.below(3);
    const JetArray& b = draft.operand([&](const JetArray& x) {
        return matrix(x) && x.shape[kind == 0 ? 0 : 1] == a.shape[1] && (kind != 2 || x.shape == a.shape);
    });
    const char* equation = std::array{"ij,jk->ki", "ij,kj->ik", "ij,ij->j"}[kind];
    if (kind < 2)
        return {kind == 0 ? flipped(matmul(a, b)) : matmul(a, flipped(b)),
                [=](const auto& in) { return einsum(equation, in); }, fmt::format(", {}", equation)};
    const JetArray products = elementwise([](const Jet& x, const Jet& y) { return x * y; }, a, b);
    JetArray sums = sum_to(products, {1, a.shape[1]});
    sums.shape = {a.shape[1]};
    return {std::move(sums), [=](const auto& in) { return einsum(equation, in); },
            fmt::format(", {}", equation)};
}

Jet norm(const std::vector<Jet>& x, double p) {
    std::vector<Jet> terms;
    for (const Jet& element : x) terms.push_back(p == 2 ? square(element) : element < 0 ? -element : element);
    return p == 1 ? sum(terms) : p == 2 ? sqrt(sum(terms)) : amax(terms);
}

Step make_norm(Draft& draft) {
    const double p = draft.one_of({1.0, 2.0, static_cast<double>(INFINITY)});
    Step step = reduction(
                    "",
                    [p](const auto& x, const Axes& axes, KeepDims keepdims) {
                        return xgrad::norm(x, p, axes, keepdims);
                    },
                    [p](const std::vector<Jet>& x) { return norm(x, p); }, nonzero)
                    .make(draft);
    step.attributes += fmt::format(", p {}", p);
    return step;
}

Step make_norm_of_all(Draft& draft) {
    const double p = draft.one_of({1.0, 2.0, static_cast<double>(INFINITY)});
    Step step = total(
                    "", [p](const auto& x) { return xgrad::norm(x, p); },
                    [p](const std::vector<Jet>& x) { return norm(x, p); }, nonzero)
                    .make(draft);
    step.attributes += fmt::format(", p {}", p);
    return step;
}

// Elements in rows of n, each divided by its deviation from its mean, or from 0.
JetArray normalized_rows(const JetArray& x, std::size_t n, bool centered, double epsilon) {
    JetArray y = x;
    for (std::size_t first = 0; first < x.data.size(); first += n) {
        const auto at = x.data.begin() + static_cast<std::ptrdiff_t>(first);
        const std::vector<Jet> row(at, at + static_cast<std::ptrdiff_t>(n));
        std::vector<Jet> squares;
        for (const Jet& element : row) squares.push_back(square(element));
        const Jet center = centered ? mean(row) : Jet(0),
                  spread = centered ? variance(row, 0) : mean(squares);
        for (std::size_t i = 0; i < n; ++i) y.data[first + i] = (row[i] - center) / sqrt(spread + epsilon);
    }
    return y;
}

Step make_layer_norm(Draft& draft) {
    const double epsilon = draft.one_of({0.01, 0.5});
    const JetArray& x = draft.operand(has_axes);
    const Shape last{x.shape.back()};
    const JetArray& gamma = draft.operand(of_shape(last));
    const JetArray& beta = draft.operand(of_shape(last));
    return {elementwise([](const Jet& a, const Jet& g, const Jet& b) { return g * a + b; },
                        normalized_rows(x, last[0], true, epsilon), gamma, beta),
            [=](const auto& in) { return layer_norm(in[0], last, in[1], in[2], epsilon); },
            fmt::format(", epsilon {}", epsilon)};
}

Step make_rms_norm(Draft& draft) {
    const double epsilon = draft.one_of({0.01, 0.5});
    const JetArray& x = draft.operand(has_axes);
    const Shape last{x.shape.back()};
    const JetArray& gamma = draft.operand(of_shape(last));
    return {elementwise([](const Jet& a, const Jet& g) { return g * a; },
                        normalized_rows(x, last[0], false, epsilon), gamma),
            [=](const auto& in) { return rms_norm(in[0], last, in[1], epsilon); },
            fmt::format(", epsilon {}", epsilon)};
}

Step make_group_norm(Draft& draft) {
    const double epsilon = draft.one_of({0.01, 0.5});
    const JetArray& x = draft.operand(matrices);
    const std::size_t channels = x.shape[1],
                      groups = channels % 2 == 0 ? 2 : draft.one_of({std::size_t{1}, channels});
    const std::size_t n = x.data.size() / (x.shape[0] * groups);
    return {normalized_rows(x, n, true, epsilon),
            [=](const auto& in) { return group_norm(in[0], groups, {}, {}, epsilon); },
            fmt::format(", {} groups, epsilon {}", groups, epsilon)};
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

Step make_log_softmax(Draft& draft) {
    const JetArray& x = draft.operand([](const JetArray& y) { return has_axes(y) && small(y); });
    return {log_softmax(x), [](const auto& in) { return log_softmax(in[0]); }, ""};
}

Step make_softmax(Draft& draft) {
    Step step = make_log_softmax(draft);
    return {elementwise([](const Jet& y) { return exp(y); }, step.value),
            [](const auto& in) { return softmax(in[0]); }, ""};
}

Step make_cross_entropy(Draft& draft) {
    const JetArray& logits = draft.operand([](const JetArray& x) { return matrix(x) && small(x); });
    std::vector<std::int32_t> drawn;
    for (std::size_t row = 0; row < logits.shape[0]; ++row)
        drawn.push_back(static_cast<std::int32_t>(draft.below(logits.shape[1])));
    const Indices labels(drawn);
    if (draft.below(2) == 0)
        return {cross_entropy(logits, labels),
                [labels](const auto& in) { return cross_entropy(in[0], labels); },
                fmt::format(", labels {}", labels)};
    // The sum, smoothed, without the rows of label 0.
    constexpr double smoothing = 0.25;
    const JetArray p = log_softmax(logits);
    Jet total = 0;
    for (std::size_t row = 0; row < labels.size(); ++row) {
        if (labels[row] == 0) continue;
        for (std::size_t c = 0; c < logits.shape[1]; ++c)
            total = total - (smoothing / static_cast<double>(logits.shape[1]) +
                             (static_cast<std::size_t>(labels[row]) == c ? 1 - smoothing : 0)) *
                                p.at({row, c});
    }
    return {
        {{}, {total}},
        [labels](const auto& in) { return cross_entropy(in[0], labels, Reduction::sum, smoothing, {}, 0); },
        fmt::format(", labels {}, smoothed, without 0", labels)};
}

Step make_soft_cross_entropy(Draft& draft) {
    const JetArray& logits = draft.operand([](const JetArray& x) { return matrix(x) && small(x); });
    const JetArray& target = draft.operand(of_shape(logits.shape));
    const JetArray p = log_softmax(logits);
    Jet total = 0;
    for (std::size_t i = 0; i < p.data.size(); ++i) total = total - target.data[i] * p.data[i];
    return {{{}, {total / static_cast<double>(logits.shape[0])}},
            [](const auto& in) { return cross_entropy(in[0], in[1]); },
            ""};
}

Step make_nll_loss(Draft& draft) {
    const JetArray& p = draft.operand(matrix);
    std::vector<std::int32_t> labels;
    JetArray losses{{p.shape[0]}, {}};
    for (std::size_t row = 0; row < p.shape[0]; ++row) {
        labels.push_back(static_cast<std::int32_t>(draft.below(p.shape[1])));
        losses.data.push_back(-p.at({row, static_cast<std::size_t>(labels.back())}));
    }
    return {std::move(losses),
            [labels](const auto& in) { return nll_loss(in[0], Indices(labels), Reduction::none); },
            fmt::format(", labels {}", labels)};
}

Step make_cosine_similarity(Draft& draft) {
    const JetArray& a = draft.operand([](const JetArray& x) { return vector(x) && nonzero(x); });
    const JetArray& b = draft.operand([&](const JetArray& x) { return x.shape == a.shape && nonzero(x); });
    const auto product = [](const JetArray& x, const JetArray& y) {
        return sum(elementwise([](const Jet& p, const Jet& q) { return p * q; }, x, y).data);
    };
    return {{{}, {product(a, b) / (sqrt(product(a, a)) * sqrt(product(b, b)))}},
            [](const auto& in) { return cosine_similarity(in[0], in[1], 0); },
            ""};
}

// `call` takes two Tensors and a Reduction; `formula` takes an element of each.
template <class F, class G>
ProgramOp loss(std::string declaration, F call, G formula, const Accepts& accepts_prediction = any,
               const Accepts& accepts_target = any) {
    return {std::move(declaration), [=](Draft& draft) {
                const JetArray& prediction = draft.operand(accepts_prediction);
                const JetArray& target = draft.operand(
                    [&](const JetArray& x) { return x.shape == prediction.shape && accepts_target(x); });
                const JetArray losses = elementwise(formula, prediction, target);
                const auto [reduction, name] = draft.one_of<std::pair<Reduction, const char*>>(
                    {{Reduction::mean, "mean"}, {Reduction::sum, "sum"}, {Reduction::none, "none"}});
                const JetArray y = reduction == Reduction::none  ? losses
                                   : reduction == Reduction::sum ? JetArray{{}, {sum(losses.data)}}
                                                                 : JetArray{{}, {mean(losses.data)}};
                return Step{y, [=, r = reduction](const auto& in) { return call(in[0], in[1], r); },
                            fmt::format(", {}", name)};
            }};
}

Jet distance(const Jet& p, const Jet& t) { return p < t ? t - p : p - t; }

Step make_batch_norm_with_statistics(Draft& draft) {
    const double epsilon = draft.one_of({0.01, 0.5});
    const JetArray& x = draft.operand(matrices);
    const Accepts features = of_shape({x.shape[1]});
    const auto row = [&](const Accepts& accepts) {  // an element for each channel
        JetArray given = draft.operand([&](const JetArray& r) { return features(r) && accepts(r); });
        given.shape = Shape(x.shape.size() - 1, 1);
        given.shape[0] = x.shape[1];
        return given;
    };
    const JetArray gamma = row(any), beta = row(any), mean = row(any), variance = row(positive);
    const auto normalize = [=](const Jet& a, const Jet& g, const Jet& b, const Jet& m, const Jet& v) {
        return g * (a - m) / sqrt(v + epsilon) + b;
    };
    return {elementwise(normalize, x, gamma, beta, mean, variance),
            [=](const auto& in) { return batch_norm(in[0], in[1], in[2], in[3], in[4], epsilon); },
            fmt::format(", epsilon {}", epsilon)};
}

}  // namespace

std::vector<ProgramOp> linear_algebra_ops() {
    return {
        {"matmul(Tensor, Tensor, Transpose, Transpose)", make_matmul},
        {"linear(Tensor, Tensor, Tensor)", make_linear},
        {"dot(Tensor, Tensor)", make_dot},
        {"outer(Tensor, Tensor)", make_outer},
        {"einsum(string_view, vector<Tensor>)", make_einsum},
        {"norm(Tensor, double, Axes, KeepDims)", make_norm},
        {"norm(Tensor, double)", make_norm_of_all},
        {"layer_norm(Tensor, Shape, Tensor, Tensor, double)", make_layer_norm},
        {"rms_norm(Tensor, Shape, Tensor, double)", make_rms_norm},
        {"group_norm(Tensor, size_t, Tensor, Tensor, double)", make_group_norm},
        {"batch_norm(Tensor, Tensor, Tensor, double, BatchStatistics*, Activation)", make_batch_norm},
        {"batch_norm(Tensor, Tensor, Tensor, Tensor, Tensor, double)", make_batch_norm_with_statistics},
        {"softmax(Tensor)", make_softmax},
        {"log_softmax(Tensor)", make_log_softmax},
        {"cross_entropy(Tensor, Indices, Reduction, double, Tensor, optional<int32_t>)", make_cross_entropy},
        {"cross_entropy(Tensor, Tensor, Reduction, double, Tensor)", make_soft_cross_entropy},
        {"nll_loss(Tensor, Indices, Reduction, Tensor, optional<int32_t>)", make_nll_loss},
        {"cosine_similarity(Tensor, Tensor, ptrdiff_t, double)", make_cosine_similarity},
        loss(
            "mse_loss(Tensor, Tensor, Reduction)",
            [](const auto& p, const auto& t, Reduction r) { return mse_loss(p, t, r); },
            [](const Jet& p, const Jet& t) { return square(p - t); }),
        loss(
            "l1_loss(Tensor, Tensor, Reduction)",
            [](const auto& p, const auto& t, Reduction r) { return l1_loss(p, t, r); }, distance),
        loss(
            "smooth_l1_loss(Tensor, Tensor, Reduction, double)",
            [](const auto& p, const auto& t, Reduction r) { return smooth_l1_loss(p, t, r, 0.7); },
            [](const Jet& p, const Jet& t) {
                const Jet d = distance(p, t);
                return d < 0.7 ? square(d) / 1.4 : d - 0.35;
            }),
        loss(
            "huber_loss(Tensor, Tensor, Reduction, double)",
            [](const auto& p, const auto& t, Reduction r) { return huber_loss(p, t, r, 0.7); },
            [](const Jet& p, const Jet& t) {
                const Jet d = distance(p, t);
                return d < 0.7 ? square(d) / 2 : 0.7 * (d - 0.35);
            }),
        loss(
            "binary_cross_entropy_with_logits(Tensor, Tensor, Reduction)",
            [](const auto& p, const auto& t, Reduction r) {
                return binary_cross_entropy_with_logits(p, t, r);
            },
            [](const Jet& p, const Jet& t) { return log(1 + exp(p)) - p * t; },
            [](const JetArray& x) { return small(x) && nonzero(x); }),
        loss(
            "kl_divergence(Tensor, Tensor, Reduction, LogTarget)",
            [](const auto& p, const auto& t, Reduction r) { return kl_divergence(p, t, r, LogTarget::no); },
            [](const Jet& p, const Jet& t) { return t * (log(t) - p); }, any, positive)};
}

}  // namespace xgrad::programs
