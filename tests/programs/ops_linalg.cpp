#include "families.hpp"

// Matrix products, batch norm, softmax and the losses.
namespace xgrad::programs {
namespace {

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
    return {cross_entropy(logits, labels), [labels](const auto& in) { return cross_entropy(in[0], labels); },
            fmt::format(", labels {}", labels)};
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
    const JetArray& x = draft.operand(matrix);
    const Accepts features = of_shape({x.shape[1]});
    const JetArray& gamma = draft.operand(features);
    const JetArray& beta = draft.operand(features);
    const JetArray& mean = draft.operand(features);
    const JetArray& variance = draft.operand([&](const JetArray& v) { return features(v) && positive(v); });
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
        {"batch_norm(Tensor, Tensor, Tensor, double, BatchStatistics*)", make_batch_norm},
        {"batch_norm(Tensor, Tensor, Tensor, Tensor, Tensor, double)", make_batch_norm_with_statistics},
        {"softmax(Tensor)", make_softmax},
        {"log_softmax(Tensor)", make_log_softmax},
        {"cross_entropy(Tensor, Indices)", make_cross_entropy},
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
