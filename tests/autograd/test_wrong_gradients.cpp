#include <doctest/doctest.h>

#include <xgrad/autograd/gradcheck.hpp>
#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/record.hpp>

// The mistakes that people make when they derive a gradient by hand. gradcheck must notice each of them.
using namespace xgrad;

namespace {

using D = Tensor<double>;
using Arguments = std::vector<D>;

D random(const Shape& shape) {
    static Rng rng(7);
    return randn<double>(shape, rng);
}

void check_noticed(const DifferentiableFunction& f, const Arguments& inputs) {
    const auto result = gradcheck(f, inputs, {.second_order = false});
    CHECK_FALSE(result.ok);
    CHECK(result.max_error > 1e-3);
}

const auto same = [](const D& dy) { return dy; };

}  // namespace

TEST_CASE("wrong gradient noticed: matmul without the transpose") {
    check_noticed(
        [](const Arguments& in) {
            const D a = in[0], b = in[1];
            return record("matmul", matmul(a, b).detach(),
                          Edge{a, [b](const D& dy) { return matmul(dy, b); }},
                          Edge{b, [a](const D& dy) { return matmul(a, dy, Transpose::yes); }});
        },
        {random({3, 3}), random({3, 3})});
}

TEST_CASE("wrong gradient noticed: matmul with its factors swapped") {
    check_noticed(
        [](const Arguments& in) {
            const D a = in[0], b = in[1];
            return record("matmul", matmul(a, b).detach(),
                          Edge{a, [b](const D& dy) { return matmul(b, dy, Transpose::yes); }},
                          Edge{b, [a](const D& dy) { return matmul(a, dy, Transpose::yes); }});
        },
        {random({3, 3}), random({3, 3})});
}

TEST_CASE("wrong gradient noticed: batch_norm with either of the mean terms missing, or both") {
    for (const double mean_of_dy : {0.0, 1.0})
        for (const double mean_of_product : {0.0, 1.0}) {
            CAPTURE(mean_of_dy);
            CAPTURE(mean_of_product);
            const DifferentiableFunction f = [=](const Arguments& in) {
                const D x = in[0];
                return record("batch_norm", batch_norm(x, {}, {}).detach(),
                              Edge{x, [=](const D& dy) {
                                       const D normalized = batch_norm(x, {}, {});
                                       const D deviation = sqrt(variance(x, {0}) + 1e-5);
                                       return (dy - mean_of_dy * mean(dy, {0}) -
                                               mean_of_product * normalized * mean(dy * normalized, {0})) /
                                              deviation;
                                   }});
            };
            if (mean_of_dy == 1 && mean_of_product == 1)
                CHECK(gradcheck(f, {random({5, 3})}, {.second_order = false}).ok);
            else
                check_noticed(f, {random({5, 3})});
        }
}

TEST_CASE("wrong gradient noticed: batch_norm with the unbiased deviation in its gradient") {
    check_noticed(
        [](const Arguments& in) {
            const D x = in[0];
            return record("batch_norm", batch_norm(x, {}, {}).detach(),
                          Edge{x, [x](const D& dy) {
                                   const D normalized = batch_norm(x, {}, {});
                                   return (dy - mean(dy, {0}) - normalized * mean(dy * normalized, {0})) /
                                          sqrt(variance(x, {0}, KeepDims::no, 1) + 1e-5);
                               }});
        },
        {random({5, 3})});
}

TEST_CASE("wrong gradient noticed: softmax without the sum term") {
    check_noticed(
        [](const Arguments& in) {
            const D y = softmax(in[0]).detach();
            return record("softmax", y, Edge{in[0], [y = D(y.value())](const D& dy) { return dy * y; }});
        },
        {random({2, 3})});
}

TEST_CASE("wrong gradient noticed: cross_entropy summed over the batch where it is averaged") {
    check_noticed(
        [](const Arguments& in) {
            const D x = in[0];
            const D one_hot(Array<double>{{0.0, 1.0, 0.0}, {1.0, 0.0, 0.0}});
            return record("cross_entropy", cross_entropy(x, Indices{1, 0}).detach(),
                          Edge{x, [x, one_hot](const D& dy) { return dy * (softmax(x) - one_hot); }});
        },
        {random({2, 3})});
}

TEST_CASE("wrong gradient noticed: div with the wrong sign") {
    check_noticed(
        [](const Arguments& in) {
            const D a = in[0], b = in[1];
            return record("div", (a / b).detach(), Edge{a, [b](const D& dy) { return dy / b; }},
                          Edge{b, [a, b](const D& dy) { return dy * a / square(b); }});
        },
        {random({3}), random({3}) + 5.0});
}

TEST_CASE("wrong gradient noticed: a broadcast operand that takes one row of the gradient, not the sum") {
    check_noticed(
        [](const Arguments& in) {
            return record("add", (in[0] + in[1]).detach(), Edge{in[0], same},
                          Edge{in[1], [](const D& dy) { return reshape(slice(dy, 0, 0, 1), {3}); }});
        },
        {random({2, 3}), random({3})});
}

TEST_CASE(
    "wrong gradient noticed: a broadcast operand whose gradient is not summed is an error, not a wrong number") {
    const auto f = [](const Arguments& in) {
        return record("add", (in[0] + in[1]).detach(), Edge{in[0], same}, Edge{in[1], same});
    };
    CHECK_THROWS_WITH_AS(
        gradcheck(f, {random({2, 3}), random({3})}),
        "add: its backward function gave a gradient of shape (2, 3) for input 1, whose shape is (3)",
        ShapeError);
}

TEST_CASE("wrong gradient noticed: a mean that forgets to divide, a variance that forgets the factor 2") {
    check_noticed(
        [](const Arguments& in) {
            return record("mean", mean(in[0]).detach(),
                          Edge{in[0], [](const D& dy) { return broadcast_to(dy, {2, 3}); }});
        },
        {random({2, 3})});
    check_noticed(
        [](const Arguments& in) {
            const D x = in[0];
            return record("variance", variance(x).detach(),
                          Edge{x, [x](const D& dy) { return dy * (x - mean(x)) / 6.0; }});
        },
        {random({2, 3})});
}

TEST_CASE("wrong gradient noticed: concatenated parts whose gradients are swapped") {
    check_noticed(
        [](const Arguments& in) {
            return record("concatenate", concatenate(std::vector{in[0], in[1]}).detach(),
                          Edge{in[0], [](const D& dy) { return slice(dy, 0, 2, 4); }},
                          Edge{in[1], [](const D& dy) { return slice(dy, 0, 0, 2); }});
        },
        {random({2}), random({2})});
}

TEST_CASE(
    "wrong gradient noticed: a product and a joint op that detach dy, whose own derivatives are right") {
    const DifferentiableFunction product = [](const Arguments& in) {
        const D a = in[0], b = in[1];
        return record("mul", (a * b).detach(), Edge{a, [b](const D& dy) { return dy.detach() * b; }},
                      Edge{b, [a](const D& dy) { return dy * a; }});
    };
    const DifferentiableFunction joint = [](const Arguments& in) {
        const D x = in[0], weight = in[1];
        return record("linear", matmul(x, weight).detach(), Inputs<double, 2>{&x, &weight},
                      [x, weight](const D& dy, const std::array<bool, 2>&) {
                          return std::array<D, 2>{matmul(dy, weight, Transpose::no, Transpose::yes),
                                                  matmul(x, dy.detach(), Transpose::yes)};
                      });
    };
    for (const auto& f : {product, joint}) {
        const Arguments inputs{random({3, 3}), random({3, 3})};
        CHECK(gradcheck(f, inputs, {.second_order = false}).ok);
        const auto result = gradcheck(f, inputs);
        CHECK_FALSE(result.ok);
        CHECK(result.message.starts_with("gradcheck: second order: dy, shape (3, 3), element ("));
    }
}

TEST_CASE("wrong gradient noticed: relu that passes the gradient on where it should not") {
    check_noticed([](const Arguments& in) { return record("relu", relu(in[0]).detach(), Edge{in[0], same}); },
                  {D(Array<double>{-1.0, 1.0})});
}
