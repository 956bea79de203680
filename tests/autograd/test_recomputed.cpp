#include <xgrad/autograd/recomputed.hpp>

#include <memory>

#include <doctest/doctest.h>

#include <xgrad/autograd/gradcheck.hpp>
#include <xgrad/autograd/record.hpp>
#include "support/tensors.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

template <class T>
using Tensors = std::vector<Tensor<T>>;

template <class T>
Tensor<T> layer(const Tensor<T>& x, const Tensor<T>& weight) {
    return tanh(matmul(x, weight)) * x;
}

// x itself, with a tape that holds `token`.
Tensor<double> holding(const Tensor<double>& x, const std::shared_ptr<int>& token) {
    return record("holding", x.detach(), Edge{x, [token](const auto& dy) { return dy; }});
}

}  // namespace

TEST_CASE_TEMPLATE("recomputed: value and gradients have the same bits, also of weights it refers to", T,
                   float, double) {
    Rng rng(1);
    const Tensor<T> x = leaf(randn<T>({4, 3}, rng).value());
    const Tensors<T> weights{leaf(randn<T>({3, 3}, rng).value()), leaf(randn<T>({3, 3}, rng).value())};
    const auto gradients = [&](auto apply) {
        for (const Tensor<T>& tensor : {x, weights[0], weights[1]}) Tensor<T>(tensor).zero_grad();
        const Tape<T> tape;
        Tensor<T> y = x * 2.0;
        for (std::size_t i = 0; i < 6; ++i) y = apply(y, weights[i % 2]);
        sum(square(y)).backward();
        return std::vector{y.value(), x.grad().value(), weights[0].grad().value(), weights[1].grad().value()};
    };
    const auto plain = gradients([](const auto& y, const auto& w) { return layer(y, w); });
    CHECK(plain == gradients([](const auto& y, const auto& w) {
              return recomputed([w](const auto& at) { return layer(at, w); }, y);
          }));
    CHECK(plain == gradients([](const auto& y, const auto& w) {
              return recomputed([](const auto& at, const auto& v) { return layer(at, v); }, y, w);
          }));
    CHECK(plain == gradients([](const auto& y, const auto& w) {
              return recomputed([](const Tensors<T>& in) { return layer(in[0], in[1]); }, Tensors<T>{y, w});
          }));
}

TEST_CASE("recomputed: derivatives of every order, with respect to arguments and captured leaves") {
    Rng rng(2);
    const Tensors<double> inputs{randn<double>({2, 3}, rng), randn<double>({3, 3}, rng), ones<double>({})};
    const auto check = [&](const DifferentiableFunction& f) {
        const GradcheckResult result = gradcheck(f, inputs);
        CHECK_MESSAGE(result.ok, result.message);
    };
    check([](const Tensors<double>& in) {
        return recomputed([](const auto& x, const auto& w, const auto& s) { return layer(x, w) * s; }, in[0],
                          in[1], in[2]);
    });
    check([](const Tensors<double>& in) {  // nested; the second argument is a captured leaf of the inner one
        return recomputed(
            [](const auto& x, const auto& w, const auto& s) {
                return s *
                       recomputed([](const auto& y, const auto& v) { return layer(y, v); }, layer(x, w), w);
            },
            in[0], in[1], in[2]);
    });

    const Tensor<double> weight = leaf(2.0), x = leaf(3.0);
    const Tape<double> tape;
    const Tensor<double> y = recomputed([&](const auto& at) { return weight * weight * at * at * at; }, x);
    const Tensor<double> first = grad(y, {weight}, {.create_graph = true})[0];  // 2 w x^3
    CHECK(first.item() == 108);
    const Tensors<double> second = grad(first, {weight, x}, {.create_graph = true});
    CHECK(second[0].item() == 54);  // 2 x^3
    CHECK(second[1].item() == 108);  // 6 w x^2
    CHECK(grad(second[1], {x})[0].item() == 72);  // 12 w x
}

TEST_CASE("recomputed: the tape keeps the arguments and nothing that f computes from them") {
    const auto token = std::make_shared<int>();
    const Tensor<double> x = leaf({1, 2});
    const Tape<double> tape;
    const auto chain = [token](Tensor<double> y) {
        for (int i = 0; i < 10; ++i) y = holding(y, token);
        return y;
    };
    const long copies = token.use_count();
    const Tensor<double> plain = chain(x);
    CHECK(token.use_count() == copies + 10);
    CHECK(tape.size() == 10);
    const Tensor<double> y = recomputed(chain, plain);
    CHECK(token.use_count() <= copies + 12);  // the copies of the function
    CHECK(tape.size() == 11);
    sum(y).backward();
    CHECK(values(x.grad()) == Values{1, 1});
}

TEST_CASE("recomputed: walks twice, outside a tape, and what needs no gradient") {
    int calls = 0;
    const auto doubled = [&calls](const Tensor<double>& at) {
        ++calls;
        return at * 2.0;
    };
    const Tensor<double> x = leaf({1, 2});
    CHECK(values(recomputed(doubled, x)) == Values{2, 4});
    CHECK(calls == 1);
    const Tape<double> tape;
    CHECK_FALSE(recomputed(doubled, constant({1, 2})).requires_grad());
    CHECK(tape.size() == 0);
    const Tensor<double> y = sum(recomputed(doubled, x));
    y.backward({.retain_graph = true});
    y.backward();
    CHECK(values(x.grad()) == Values{4, 4});
    CHECK(calls == 5);

    const Tensor<double> same = recomputed([](const Tensor<double>& at) { return at; }, x);
    sum(same * 3.0).backward();
    CHECK(values(x.grad()) == Values{7, 7});
    CHECK(
        recomputed([](const Tensor<double>& at) { return sum(at); }, leaf(Array<double>(Shape{0}))).item() ==
        0);
}

TEST_CASE("recomputed: of what does not depend on its arguments, or linearly; of a leaf that it returns") {
    const Tensor<double> x = leaf({-2, 3});
    const auto first_order = [&](auto y_of) {
        Tensor<double>(x).zero_grad();
        const Tape<double> tape;
        sum(y_of() * x).backward();
        return x.grad().value();
    };
    CHECK(first_order([&] { return recomputed([](const auto& v) { return sign(v); }, x); }) ==
          Array<double>{-1, 1});
    const auto second_order = [&](auto f) {  // of sum(x df/dx)
        const Tape<double> tape;
        const Tensor<double> dx = grad(sum(recomputed(f, x)), {x}, {.create_graph = true})[0];
        return grad(sum(dx * x), {x})[0].value();
    };
    CHECK(second_order([](const auto& v) { return v * 2.0; }) == Array<double>{2, 2});
    CHECK(second_order([](const auto& v) { return relu(v); }) == Array<double>{0, 1});

    Tensor<double> bias = leaf({1, 2});
    const Tape<double> tape;
    sum(recomputed([&](const auto& v) { return broadcast_to(bias, v.shape()); }, x) * 3.0).backward();
    CHECK(bias.grad().value() == Array<double>{3, 3});
}

TEST_CASE("recomputed: errors") {
    const Tensor<double> x = leaf({1, 2});
    {
        const Tape<double> tape;
        const Tensor<double> recorded = x * 2.0;
        const char* const outer =
            "an input of shape (2) was recorded by another tape (an outer one, or one that has ended or been emptied by backward()); detach() it to use its value here";
        CHECK_THROWS_WITH_AS(recomputed([&](const auto& at) { return at * recorded; }, x),
                             (std::string("mul: ") + outer).c_str(), GraphError);
        CHECK_THROWS_WITH_AS(recomputed([&](const auto&) { return recorded; }, x),
                             (std::string("recomputed: ") + outer).c_str(), GraphError);
        CHECK(tape.is_recording());
    }
    {
        double factor = 1;
        const Tape<double> tape;
        const Tensor<double> y = sum(recomputed([&](const auto& at) { return at * factor; }, x));
        factor = 2;
        CHECK_THROWS_WITH_AS(
            y.backward(),
            "recomputed: the function gave another value, shape (2), in the backward pass than before, shape (2): it must depend on nothing that changes, such as a generator or a mode",
            GraphError);
    }
    for (Tensor<double> weight : {leaf({1, 2}), leaf({3, 4})}) {
        Tensor<double> argument = leaf({5, 6});
        const Tape<double> tape;
        const Tensor<double> y = sum(recomputed([&](const auto& at) { return at * weight; }, argument));
        Tensor<double>& changed = weight.value()(0) == 1 ? weight : argument;
        changed.assign({7, 8});
        CHECK_THROWS_WITH_AS(
            y.backward(),
            "recomputed: a value of shape (2) that was saved for backward has been changed since; call backward() before changing it, or compute with a detach()ed copy",
            GraphError);
    }
    {
        const Tape<double> tape({.anomaly = Anomaly::detect});
        CHECK_THROWS_WITH_AS(recomputed([](const auto& at) { return exp(1000.0 * at) * 0.0; }, x),
                             "exp: the result, shape (2), holds a NaN or an infinity", NumericsError);
    }
}
