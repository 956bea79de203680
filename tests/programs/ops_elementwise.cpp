#include "families.hpp"

// The elementwise ops.
namespace xgrad::programs {
namespace {

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

Step make_dropout(Draft& draft) {
    const JetArray& x = draft.operand(any);
    const std::uint64_t seed = draft.below(256);
    Rng rng(seed);
    return {elementwise([&](const Jet& element) { return rng.uniform() < 0.3 ? Jet(0) : element / 0.7; }, x),
            [seed](const auto& in) {
                Rng again(seed);
                return dropout(in[0], 0.3, again);
            },
            fmt::format(", seed {}", seed)};
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

Step make_power(Draft& draft) {
    const JetArray& x = draft.operand(nonzero);
    const double p = positive(x) ? draft.one_of({2.0, -1.0, 3.0, 0.0, 1.0, -2.0, 0.5, -1.5, 2.3})
                                 : draft.one_of({2.0, -1.0, 3.0, 0.0, 1.0, -2.0});
    return {elementwise([p](const Jet& element) { return pow(element, p); }, x),
            [p](const auto& in) { return pow(in[0], p); }, fmt::format(", {}", p)};
}

ProgramOp of_registry(const registry::Op& op) {
    const auto domain = [has = op.domain.has](const JetArray& x) { return all(x, has); };
    return {op.declaration, [formula = op.formula, call = op.samples.front().call, domain](Draft& draft) {
                const JetArray& x = draft.operand(domain);
                return Step{elementwise(formula, x), call, ""};
            }};
}

}  // namespace

std::vector<ProgramOp> elementwise_ops() {
    std::vector<ProgramOp> ops{
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
        binary("maximum(Tensor, Tensor)", [](const auto& a, const auto& b) { return maximum(a, b); }),
        binary("minimum(Tensor, Tensor)", [](const auto& a, const auto& b) { return minimum(a, b); }),
        binary(
            "pow(Tensor, Tensor)", [](const auto& a, const auto& b) { return pow(a, b); }, positive, small),
        {"pow(Tensor, double)", make_power},
        {"clamp(Tensor, double, double)", make_clamp},
        {"dropout(Tensor, double, Rng)", make_dropout},
        {"where(Tensor, Tensor, Tensor)", make_where},
    };
    for (const registry::Op& op : registry::differentiable_ops())
        if (op.formula && std::ranges::find(ops, op.declaration, &ProgramOp::declaration) == ops.end())
            ops.push_back(of_registry(op));
    return ops;
}

}  // namespace xgrad::programs
