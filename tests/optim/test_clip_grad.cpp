#include <xgrad/optim/clip_grad.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include "support/tensors.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

// Leaves with these gradients, and one without.
template <class T>
std::vector<Parameter<T>> with_gradients(const std::vector<Array<T>>& gradients) {
    std::vector<Parameter<T>> parameters;
    for (const Array<T>& gradient : gradients) {
        const Tensor<T> w = leaf(Array<T>(gradient.shape(), T{1}));
        const Tape<T> tape;
        (w * 1.0).backward(Tensor<T>(gradient));
        parameters.push_back({"w" + std::to_string(parameters.size()), w});
    }
    parameters.push_back({"idle", leaf(Array<T>{1})});
    return parameters;
}

}  // namespace

TEST_CASE_TEMPLATE("clip_grad_norm: one factor for all gradients; the norm before; by hand", T, float,
                   double) {
    auto parameters = with_gradients<T>({{{3, 0}, {0, 4}}, {12}});
    CHECK(clip_grad_norm(parameters, 26) == doctest::Approx(13));
    CHECK(parameters[0].tensor.grad().value() == Array<T>{{3, 0}, {0, 4}});
    CHECK(clip_grad_norm(parameters, 6.5) == doctest::Approx(13));
    CHECK(parameters[0].tensor.grad().value()(0, 0) == doctest::Approx(1.5).epsilon(1e-6));
    CHECK(parameters[1].tensor.grad().value()(0) == doctest::Approx(6).epsilon(1e-6));
    CHECK(clip_grad_norm(parameters, 100) == doctest::Approx(6.5).epsilon(1e-6));
    CHECK_FALSE(parameters[2].tensor.has_grad());
}

TEST_CASE("clip_grad_norm: other norms, and PyTorch's 1e-6 below the line") {
    CHECK(clip_grad_norm(with_gradients<double>({{3, -4}, {-5}}), 100, 1) == 12);
    CHECK(clip_grad_norm(with_gradients<double>({{3, -4}, {-5}}), 100, INFINITY) == 5);
    CHECK(clip_grad_norm(with_gradients<double>({{1, -2}}), 100, 3) == doctest::Approx(std::cbrt(9)));
    CHECK(clip_grad_norm(std::vector<Parameter<double>>(), 1) == 0);
    const auto parameters = with_gradients<double>({{3, -4}});
    clip_grad_norm(parameters, 1, INFINITY);
    CHECK(values(parameters[0].tensor.grad()) == Values{3 * (1 / (4 + 1e-6)), -4 * (1 / (4 + 1e-6))});
}

TEST_CASE("clip_grad_norm: a gradient that is not finite is named, and none has changed") {
    const auto parameters = with_gradients<double>({{100, 200}, {{NAN, 1}}});
    CHECK_THROWS_WITH_AS(clip_grad_norm(parameters, 1),
                         "clip_grad_norm: the gradient of w1, shape (1, 2), holds a NaN or an infinity",
                         NumericsError);
    CHECK(values(parameters[0].tensor.grad()) == Values{100, 200});
}

TEST_CASE_TEMPLATE("clip_grad_value: every element within the limit; a NaN stays", T, float, double) {
    const auto parameters = with_gradients<T>({{-3, T(0.5), 3, -T(0.5), T(INFINITY), T(NAN)}});
    clip_grad_value(parameters, 2);
    const auto clipped = values(parameters[0].tensor.grad());
    CHECK(std::vector<T>(clipped.begin(), clipped.begin() + 5) == std::vector<T>{-2, T(0.5), 2, -T(0.5), 2});
    CHECK(std::isnan(clipped[5]));
}

TEST_CASE("gradients accumulate: two halves of a batch, each with half of the loss, are the whole") {
    Rng rng(1);
    const Tensor<double> x = randn<double>({8, 3}, rng), w = leaf(randn<double>({2, 3}, rng).value());
    const auto add_gradient = [&](const Tensor<double>& part, double share) {
        const Tape<double> tape;
        (share * mean(square(linear(part, w)))).backward();
    };
    add_gradient(x, 1);
    const Values whole = values(w.grad());
    Tensor<double>(w).zero_grad();
    add_gradient(slice(x, 0, 0, 4), 0.5);
    add_gradient(slice(x, 0, 4, 8), 0.5);
    CHECK(difference(values(w.grad()), whole) < 1e-14);
}
