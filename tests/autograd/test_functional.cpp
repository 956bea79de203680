#include <xgrad/autograd/functional.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>

using namespace xgrad;

namespace {

template <class T>
using Tensors = std::vector<Tensor<T>>;

// (sum over j of a_ij b_j^2, for each i)
template <class T>
Tensor<T> product(const Tensors<T>& in) {
    return sum(in[0] * square(in[1]), {1});
}

template <class T>
Tensors<T> arguments() {
    return {Tensor<T>(Array<T>{{1, 2, 3}, {4, 5, 6}}), Tensor<T>(Array<T>{1, -2, 0.5})};
}

template <class T>
void check_close(const Tensor<T>& found, const Array<double>& expected) {
    REQUIRE(found.shape() == expected.shape());
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(std::abs(static_cast<double>(found.value().data()[i]) - expected.data()[i]) < 1e-5);
}

}  // namespace

TEST_CASE_TEMPLATE("vjp, jvp, jacobian: of a function of two Tensors, by hand", T, float, double) {
    const Tensors<T> xs = arguments<T>();
    const auto f = [](const Tensors<T>& in) { return product(in); };
    const auto [value, gradients] = vjp(f, xs, Tensor<T>(Array<T>{1, 10}));
    check_close(value, {9.75, 25.5});
    check_close(gradients[0], {{1, 4, 0.25}, {10, 40, 2.5}});
    check_close(gradients[1], {2 * 41.0, -4 * 52.0, 63});
    CHECK_FALSE(value.requires_grad());

    const Tensors<T> directions{Tensor<T>(Array<T>{{1, 0, 0}, {0, 1, 0}}), Tensor<T>(Array<T>{0, 0, 2})};
    const auto moved = jvp(f, xs, directions);
    check_close(moved.value, {9.75, 25.5});
    check_close(moved.derivative, {1 + 6, 4 + 12});

    const Tensors<T> j = jacobian(f, xs);
    check_close(j[0], {{{1, 4, 0.25}, {0, 0, 0}}, {{0, 0, 0}, {1, 4, 0.25}}});
    check_close(j[1], {{2, -8, 3}, {8, -20, 6}});
}

TEST_CASE_TEMPLATE("hessian, hessian_vector_product: of a scalar function, by hand", T, float, double) {
    // a^2 b + b^3, for a = 2 and b = (1, 3), summed
    const auto f = [](const Tensors<T>& in) { return sum(square(in[0]) * in[1] + in[1] * in[1] * in[1]); };
    const Tensors<T> xs{full<T>({}, 2), Tensor<T>(Array<T>{1, 3})};
    const auto h = hessian(f, xs);
    check_close(h[0][0], Array<double>(Shape{}, 8.0));
    check_close(h[0][1], {4, 4});
    check_close(h[1][0], {4, 4});
    check_close(h[1][1], {{6, 0}, {0, 18}});
    const Tensors<T> along = hessian_vector_product(f, xs, {full<T>({}, 1), Tensor<T>(Array<T>{1, -1})});
    check_close(along[0], Array<double>(Shape{}, 8.0 + 4 - 4));
    check_close(along[1], {4 + 6, 4 - 18});
}

TEST_CASE("derivatives as functions: 0 for what does not depend on the arguments; nothing is left behind") {
    const Tensors<double> xs{ones<double>({2})};
    const auto constant = [](const Tensors<double>&) { return ones<double>({3}); };
    CHECK(vjp(constant, xs, ones<double>({3})).gradients[0].value() == Array<double>{0, 0});
    CHECK(jvp(constant, xs, xs).derivative.value() == Array<double>{0, 0, 0});
    CHECK(jacobian(constant, xs)[0].value() == Array<double>(Shape{3, 2}, 0.0));
    const auto linear_sum = [](const Tensors<double>& in) { return sum(in[0]); };
    CHECK(hessian(linear_sum, xs)[0][0].value() == Array<double>(Shape{2, 2}, 0.0));
    CHECK(hessian_vector_product(linear_sum, xs, xs)[0].value() == Array<double>{0, 0});
    CHECK(jacobian(linear_sum, Tensors<double>{zeros<double>({0})})[0].shape() == Shape{0});
    CHECK_FALSE(xs[0].requires_grad());
    CHECK_FALSE(xs[0].has_grad());
    const Tensors<double> scalar{full<double>({}, 2)};
    const auto itself = [](const Tensors<double>& in) { return in[0]; };
    CHECK(hessian(itself, scalar)[0][0].item() == 0);
    CHECK(hessian_vector_product(itself, scalar, scalar)[0].item() == 0);

    // Inside another tape, whose record does not change.
    const Tensor<double> leaf(Array<double>{3, 4}, RequiresGrad::yes);
    const Tape<double> tape;
    const Tensor<double> y = sum(square(leaf));
    const std::size_t size = tape.size();
    CHECK(
        jacobian([](const Tensors<double>& in) { return square(in[0]); }, Tensors<double>{leaf})[0].value() ==
        Array<double>{{6, 0}, {0, 8}});
    CHECK(tape.size() == size);
    y.backward();
    CHECK(leaf.grad().value() == Array<double>{6, 8});
}
