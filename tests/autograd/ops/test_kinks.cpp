#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>

// The subgradients that the docstrings of the ops promise at kinks and ties, and what becomes of NaN.
using namespace xgrad;

namespace {

using D = Tensor<double>;
using A = Array<double>;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

// The gradients of sum(f(inputs...)).
template <class F, class... X>
std::vector<D> gradients(F f, const X&... values) {
    const std::vector<D> leaves{D(values, RequiresGrad::yes)...};
    const Tape<double> tape;
    return grad(sum(f(leaves)), leaves);
}

template <class F>
A gradient(F f, const A& x) {
    return gradients([&](const auto& in) { return f(in[0]); }, x)[0].value();
}

bool all_nan(const Array<double>& x) {
    return x.size() > 0 && std::all_of(x.begin(), x.end(), [](double v) { return std::isnan(v); });
}

}  // namespace

TEST_CASE("relu: at 0 the subgradient is 0") {
    CHECK(gradient([](const D& x) { return relu(x); }, A{-1.0, -0.0, 0.0, 1.0}) == A{0.0, 0.0, 0.0, 1.0});
}

TEST_CASE("batch_norm with a relu: where that is 0 it passes nothing, also of an infinity, recorded or not") {
    const D x(A{-1.0, 2.0, 1.0, -2.0}, RequiresGrad::yes), seed(A{inf, 1.0, 2.0, -inf});
    const auto of_x = [&](bool create_graph) {
        const Tape<double> tape;
        const D y = batch_norm(reshape(x, {1, 1, 4}), D(), D(), 1e-5,
                               static_cast<BatchStatistics<double>*>(nullptr), Activation::relu);
        return grad(sum(reshape(y, {4}) * seed), {x}, {.create_graph = create_graph})[0].value();
    };
    const A plain = of_x(false), recorded = of_x(true);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(std::isfinite(plain.data()[i]));
        CHECK(recorded.data()[i] == doctest::Approx(plain.data()[i]));
    }
}

TEST_CASE("abs: at 0 the subgradient is 0") {
    CHECK(gradient([](const D& x) { return abs(x); }, A{-1.0, -0.0, 0.0, 1.0}) == A{-1.0, 0.0, 0.0, 1.0});
}

TEST_CASE("leaky_relu, elu, l1_loss: at 0 slope, alpha and 0") {
    CHECK(gradient([](const D& x) { return leaky_relu(x, 0.25); }, A{-1.0, 0.0, 1.0}) == A{0.25, 0.25, 1.0});
    CHECK(gradient([](const D& x) { return elu(x, 0.5); }, A{0.0, 1.0}) == A{0.5, 1.0});
    CHECK(gradient([](const D& x) { return l1_loss(x, zeros<double>({3}), Reduction::sum); },
                   A{-1.0, 0.0, 1.0}) == A{-1.0, 0.0, 1.0});
}

TEST_CASE("sqrt: at 0 the derivative is infinite") {
    CHECK(gradient([](const D& x) { return sqrt(x); }, A{0.0, 0.25}) == A{inf, 1.0});
}

TEST_CASE("maximum, minimum: equal operands take half of the gradient each") {
    const A a{1.0, 2.0, 3.0}, b{2.0, 2.0, 2.0};
    const auto of_maximum = gradients([](const auto& in) { return maximum(in[0], in[1]); }, a, b);
    CHECK(of_maximum[0].value() == A{0.0, 0.5, 1.0});
    CHECK(of_maximum[1].value() == A{1.0, 0.5, 0.0});
    const auto of_minimum = gradients([](const auto& in) { return minimum(in[0], in[1]); }, a, b);
    CHECK(of_minimum[0].value() == A{1.0, 0.5, 0.0});
    CHECK(of_minimum[1].value() == A{0.0, 0.5, 1.0});
    CHECK(gradient([](const D& x) { return maximum(x, x); }, a) == A{1.0, 1.0, 1.0});
}

TEST_CASE("clamp: at its bounds the subgradient is 1, beyond them 0") {
    CHECK(gradient([](const D& x) { return clamp(x, -1, 2); }, A{-1.5, -1.0, 0.0, 2.0, 2.5}) ==
          A{0.0, 1.0, 1.0, 1.0, 0.0});
}

TEST_CASE("amax, amin: elements that tie share the gradient equally") {
    const A x{{3.0, 1.0, 3.0}, {0.0, 0.0, 0.0}};
    CHECK(gradient([](const D& v) { return amax(v, {1}); }, x) ==
          A{{0.5, 0.0, 0.5}, {1.0 / 3, 1.0 / 3, 1.0 / 3}});
    CHECK(gradient([](const D& v) { return amin(v, {1}); }, x) ==
          A{{0.0, 1.0, 0.0}, {1.0 / 3, 1.0 / 3, 1.0 / 3}});
    CHECK(gradient([](const D& v) { return amax(v); }, x) == A{{0.5, 0.0, 0.5}, {0.0, 0.0, 0.0}});
    CHECK(gradient([](const D& v) { return amax(v); }, A{inf, 1.0, inf}) == A{0.5, 0.0, 0.5});
}

TEST_CASE("pow: the derivative of x^0 is 0 everywhere, at 0 too") {
    CHECK(gradient([](const D& x) { return pow(x, 0); }, A{-1.0, 0.0, 2.0}) == A{0.0, 0.0, 0.0});
    const auto of_tensors =
        gradients([](const auto& in) { return pow(in[0], in[1]); }, A{-1.0, 0.0, 2.0}, A{0.0, 0.0, 0.0});
    CHECK(of_tensors[0].value() == A{0.0, 0.0, 0.0});
}

TEST_CASE("pow: the derivative of x^1 is 1 and that of x^2 is 2x, at 0 too") {
    CHECK(gradient([](const D& x) { return pow(x, 1); }, A{-1.0, 0.0, 2.0}) == A{1.0, 1.0, 1.0});
    CHECK(gradient([](const D& x) { return pow(x, 2); }, A{-1.0, 0.0, 2.0}) == A{-2.0, 0.0, 4.0});
    const auto of_tensors =
        gradients([](const auto& in) { return pow(in[0], in[1]); }, A{0.0, 0.0, -3.0}, A{1.0, 2.0, 2.0});
    CHECK(of_tensors[0].value() == A{1.0, 0.0, -6.0});
}

TEST_CASE("pow: where a is 0 the derivative of a^b with respect to b is 0, for any b") {
    const auto of_tensors = gradients([](const auto& in) { return pow(in[0], in[1]); }, A{0.0, 0.0, 0.0, 0.0},
                                      A{2.0, 0.5, 0.0, -1.0});
    CHECK(of_tensors[1].value() == A{0.0, 0.0, 0.0, 0.0});
}

TEST_CASE("pow: second derivatives at 0 are finite where the function is a polynomial") {
    const auto second = [](double p, const A& at) {
        const D x(at, RequiresGrad::yes);
        const Tape<double> tape;
        const D y = sum(pow(x, p));
        const D dx = sum(grad(y, {x}, {.create_graph = true})[0]);
        return dx.requires_grad() ? grad(dx, {x})[0].value() : A(x.shape(), 0.0);
    };
    CHECK(second(0, A{0.0, 1.0}) == A{0.0, 0.0});
    CHECK(second(1, A{0.0, 1.0}) == A{0.0, 0.0});
    CHECK(second(2, A{0.0, 1.0}) == A{2.0, 2.0});
    CHECK(second(3, A{0.0, 1.0}) == A{0.0, 6.0});
}

TEST_CASE("where: no gradient flows to the condition, nor across from the branch that was not taken") {
    const auto all = gradients([](const auto& in) { return where(in[0], in[1], log(in[2])); },
                               A{1.0, 0.0, 1.0}, A{1.0, 2.0, 3.0}, A{2.0, 4.0, -1.0});
    CHECK(all[0].value() == A{0.0, 0.0, 0.0});
    CHECK(all[1].value() == A{1.0, 0.0, 1.0});
    CHECK(all[2].value()(1) == 0.25);
    CHECK(all[2].value()(0) == 0);
    CHECK(where(D(A{1.0, 0.0}), D(A{1.0, not_a_number}), D(A{not_a_number, 2.0})).value() == A{1.0, 2.0});
}

TEST_CASE("an infinite gradient does not reach what does not reach the result") {
    const auto gradients_for = [](double dy, auto f, const auto&... x) {
        return gradients([&](const auto& in) { return dy * f(in); }, x...);
    };
    for (const double dy : {inf, -inf, not_a_number}) {
        const auto of = [&](auto f, const A& x) {
            return A(gradients_for(dy, [&](const auto& in) { return f(in[0]); }, x)[0].value());
        };
        CHECK(of([](const D& x) { return relu(x); }, A{-1.0, 0.0}) == A{0.0, 0.0});
        CHECK(of([](const D& x) { return abs(x); }, A{0.0, -0.0}) == A{0.0, 0.0});
        CHECK(of([](const D& x) { return clamp(x, -1, 1); }, A{-2.0, 2.0}) == A{0.0, 0.0});
        CHECK(of([](const D& x) { return amax(x, {0}); }, A{1.0, 2.0})(0) == 0);
        CHECK(of([](const D& x) { return amin(x, {0}); }, A{2.0, 1.0})(0) == 0);
        const A a{1.0, 3.0}, b{2.0, 2.0};
        const auto of_maximum = gradients_for(dy, [](const auto& in) { return maximum(in[0], in[1]); }, a, b);
        CHECK(of_maximum[0].value()(0) == 0);
        CHECK(of_maximum[1].value()(1) == 0);
        const auto of_minimum = gradients_for(dy, [](const auto& in) { return minimum(in[0], in[1]); }, a, b);
        CHECK(of_minimum[0].value()(1) == 0);
        CHECK(of_minimum[1].value()(0) == 0);
        const auto of_where =
            gradients_for(dy, [](const auto& in) { return where(D(A{1.0, 0.0}), in[0], in[1]); }, a, b);
        CHECK(of_where[0].value()(1) == 0);
        CHECK(of_where[1].value()(0) == 0);
    }
    CHECK(gradient([](const D& x) { return inf * relu(x); }, A{2.0}) == A{inf});
    CHECK(gradient([](const D& x) { return inf * abs(x); }, A{-2.0}) == A{-inf});
}

TEST_CASE("NaN: the gradients that the docstrings promise, those of PyTorch") {
    const A nan{not_a_number}, one{1.0};
    CHECK(gradient([](const D& x) { return relu(x); }, nan) == one);
    CHECK(gradient([](const D& x) { return abs(x); }, nan) == A{0.0});
    CHECK(gradient([](const D& x) { return clamp(x, 0, 1); }, nan) == A{0.0});
    for (const auto& [a, b] : {std::pair(nan, one), std::pair(one, nan), std::pair(nan, nan)})
        for (const auto& dx : gradients([](const auto& in) { return maximum(in[0], in[1]); }, a, b))
            CHECK(dx.value() == one);
    for (const auto& dx : gradients([](const auto& in) { return minimum(in[0], in[1]); }, nan, one))
        CHECK(dx.value() == one);
}

TEST_CASE("logsumexp: over nothing but -inf the gradient is 0, first and second") {
    const A x{{-inf, -inf}, {-inf, 1.0}};
    CHECK(gradient([](const D& v) { return logsumexp(v, {1}); }, x) == A{{0.0, 0.0}, {0.0, 1.0}});
    const D leaf(x, RequiresGrad::yes);
    const Tape<double> tape;
    const D dx = grad(sum(logsumexp(leaf, {1})), {leaf}, {.create_graph = true})[0];
    CHECK(grad(sum(dx), {leaf})[0].value() == A{{0.0, 0.0}, {0.0, 0.0}});
}

TEST_CASE("NaN: every elementwise op of a NaN is a NaN, wherever it stands") {
    for (const std::size_t size : {1u, 3u, 8u, 17u})
        for (std::size_t at = 0; at < size; ++at) {
            A values(Shape{size}, 0.5);
            values.data()[at] = not_a_number;
            const D x(values), half = full<double>({size}, 0.5);
            const D results[] = {x + half,         half + x,         x - half,
                                 half - x,         x * half,         half * x,
                                 x / half,         half / x,         -x,
                                 x + 1.0,          2.0 * x,          1.0 / x,
                                 exp(x),           log(x),           sqrt(x),
                                 square(x),        abs(x),           pow(x, 2),
                                 pow(x, half),     pow(half, x),     tanh(x),
                                 sigmoid(x),       relu(x),          maximum(x, half),
                                 maximum(half, x), minimum(x, half), minimum(half, x),
                                 clamp(x, 0, 1)};
            for (std::size_t op = 0; op < std::size(results); ++op) {
                CAPTURE(op);
                CAPTURE(at);
                for (std::size_t i = 0; i < size; ++i)
                    CHECK(std::isnan(results[op].value().data()[i]) == (i == at));
            }
        }
}

TEST_CASE("NaN: every reduction over a NaN is a NaN, wherever it stands") {
    for (std::size_t at = 0; at < 40; at += 3) {
        A values(Shape{40}, 0.5);
        values.data()[at] = not_a_number;
        const D x(values);
        for (const D& y :
             {sum(x), mean(x), variance(x), amax(x), amin(x), logsumexp(x), mse_loss(x, zeros<double>({40}))})
            CHECK(std::isnan(y.item()));
        CHECK(all_nan(softmax(x).value()));
        CHECK(all_nan(log_softmax(x).value()));
        CHECK(std::isnan(cross_entropy(reshape(x, {1, 40}), Indices{0}).item()));
    }
}

TEST_CASE("elementwise ops: the limits of their domains, as in the C library") {
    CHECK(log(D(A{0.0, inf})).value() == A{-inf, inf});
    CHECK(all_nan(log(D(A{-1.0, -inf})).value()));
    CHECK(all_nan(sqrt(D(A{-1.0, -inf})).value()));
    CHECK(exp(D(A{-inf, inf, -1e4, 1e4})).value() == A{0.0, inf, 0.0, inf});
    CHECK(tanh(D(A{-inf, inf, -1e4, 1e4})).value() == A{-1.0, 1.0, -1.0, 1.0});
    CHECK(sigmoid(D(A{-inf, inf, -1e4, 1e4})).value() == A{0.0, 1.0, 0.0, 1.0});
    CHECK(relu(D(A{-inf, inf})).value() == A{0.0, inf});
    CHECK(clamp(D(A{-inf, inf}), -1, 2).value() == A{-1.0, 2.0});
    CHECK(pow(D(A{0.0, 2.0, inf}), D(A{0.0, -inf, -1.0})).value() == A{1.0, 0.0, 0.0});
    CHECK((1.0 / D(A{0.0, inf})).value() == A{inf, 0.0});
}
