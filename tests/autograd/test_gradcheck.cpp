#include <xgrad/autograd/gradcheck.hpp>
#include <xgrad/autograd/record.hpp>

#include <limits>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>

using namespace xgrad;

namespace {

using D = Tensor<double>;
using Arguments = std::vector<D>;

// f with a gradient that is `factor` times the true one, for entries whose value is above `from`.
D wrong_square(const D& x, double factor, double from = -1e9) {
    const D y = square(x).detach();
    return record("wrong_square", y, Edge{x, [x, factor, from](const D& dy) {
                                              Array<double> scale(x.shape());
                                              for (std::size_t i = 0; i < x.size(); ++i)
                                                  scale.data()[i] = x.value().data()[i] > from ? factor : 1;
                                              return dy * (2.0 * x) * D(std::move(scale));
                                          }});
}

// The right gradient, recorded as if it did not depend on x: what is wrong is its derivative.
D wrong_second(const D& x) {
    const D y = exp(x).detach();
    return record("wrong_second", y, Edge{x, [x](const D& dy) { return dy * exp(x).detach(); }});
}

const auto row = [] { return D(Array<double>{{0.5, 1.5, 0.2064}}); };

}  // namespace

TEST_CASE("gradcheck: passes a right gradient, of both orders and any shape") {
    Rng rng(1);
    const auto result = gradcheck([](const auto& in) { return tanh(in[0] * in[1]) / exp(in[1]); },
                                  {randn<double>({2, 3}, rng), randn<double>({3}, rng)});
    CHECK_MESSAGE(result.ok, result.message);
    CHECK(result.message == "");
    CHECK(result.max_error < 1e-6);
    CHECK(result.entries == 2 * (6 + 3) + 6);
    CHECK(result.kinks.empty());
}

TEST_CASE("gradcheck: a wrong gradient is reported by input, element, both values and the tolerance") {
    const auto result = gradcheck([](const auto& in) { return sum(in[0] * wrong_square(in[1], 0.5)); },
                                  {ones<double>({2, 1}), D(Array<double>{{0.0, 0.0, 0.2}})});
    CHECK_FALSE(result.ok);
    CHECK(
        result.message ==
        "gradcheck: input 1, shape (1, 3), element (0, 2): analytic 0.4, numerical 0.8 (relative error 0.50, tolerance 1e-6)");
    CHECK(result.max_error == doctest::Approx(0.5));
}

TEST_CASE("gradcheck: one wrong entry among right ones is found, however small the error") {
    for (const double factor : {0.0, -1.0, 1.01, 1.00001}) {
        CAPTURE(factor);
        const auto result =
            gradcheck([&](const auto& in) { return wrong_square(in[0], factor, 1); }, {row()});
        CHECK_FALSE(result.ok);
        CHECK(result.message.find("input 0, shape (1, 3), element (0, 1)") != std::string::npos);
    }
}

TEST_CASE("gradcheck: an infinite derivative is wrong, of either order") {
    const auto infinite = [](const D& x) {
        return record("infinite", square(x).detach(), Edge{x, [](const auto& dy) { return dy * INFINITY; }});
    };
    const auto result = gradcheck([&](const auto& in) { return infinite(in[0]); }, {ones<double>({1})},
                                  {.second_order = false});
    CHECK_FALSE(result.ok);
    CHECK(result.message == "gradcheck: input 0, shape (1), element (0): the analytic derivative is inf");
    const auto doubled = [](const D& x) {
        return record("doubled", (2.0 * x).detach(), Edge{x, [](const auto& dy) { return dy * INFINITY; }});
    };
    const auto second = [&](const D& x) {  // the gradient is right, its derivative infinite
        return record("second", square(x).detach(),
                      Edge{x, [&](const auto& dy, const auto& in) { return dy * doubled(in); }, saves(x)});
    };
    CHECK_FALSE(gradcheck([&](const auto& in) { return second(in[0]); }, {ones<double>({1})}).ok);
}

TEST_CASE("gradcheck: a wrong second derivative is found, and named as such") {
    const auto f = [](const auto& in) { return wrong_second(in[0]); };
    CHECK(gradcheck(f, {row()}, {.second_order = false}).ok);
    const auto result = gradcheck(f, {row()});
    CHECK_FALSE(result.ok);
    CHECK(result.message.starts_with("gradcheck: second order: input 0, shape (1, 3), element (0, "));
    CHECK(result.message.find("analytic 0, numerical ") != std::string::npos);
}

TEST_CASE(
    "gradcheck: a backward function that detaches dy is found, entry by entry and in random directions") {
    const auto f = [](const auto& in) {
        const D x = in[0];
        return record("detaches", (3.0 * x).detach(), Edge{x, [](const D& dy) { return 3.0 * dy.detach(); }});
    };
    CHECK(gradcheck(f, {row()}, {.second_order = false}).ok);
    const auto result = gradcheck(f, {row()});
    CHECK_FALSE(result.ok);
    CHECK(result.message.starts_with("gradcheck: second order: dy, shape (1, 3), element (0, "));
    CHECK(result.message.find("analytic 0, numerical ") != std::string::npos);
    const auto projected = gradcheck(f, {row()}, {.directions = 1});
    CHECK_FALSE(projected.ok);
    CHECK(projected.message.starts_with(
        "gradcheck: second order: dy, shape (1, 3), random direction 0: analytic 0, numerical "));
}

TEST_CASE("gradcheck: the digits shown tell the two values apart") {
    const auto result = gradcheck([](const auto& in) { return wrong_square(in[0], 1.00001); },
                                  {D(Array<double>{1.0})}, {.second_order = false});
    CHECK(
        result.message ==
        "gradcheck: input 0, shape (1), element (0): analytic 2.00002, numerical 2 (relative error 1.0e-05, tolerance 1e-6)");
}

TEST_CASE("gradcheck: random directions check large inputs, and find what is wrong") {
    Rng rng(2);
    const D x = randn<double>({100, 100}, rng);
    const GradcheckOptions options{.directions = 3};
    const auto right = gradcheck([](const auto& in) { return tanh(in[0]) * in[1]; },
                                 {x, randn<double>({100}, rng)}, options);
    CHECK_MESSAGE(right.ok, right.message);
    CHECK(right.entries == 2 * 2 * 3 + 3);
    const auto wrong = gradcheck([](const auto& in) { return wrong_square(in[0], 1.01, 3); }, {x}, options);
    CHECK_FALSE(wrong.ok);
    CHECK(wrong.message.starts_with("gradcheck: input 0, shape (100, 100), random direction "));
}

TEST_CASE("gradcheck: at a kink a value between the one-sided derivatives passes, and is named") {
    const auto result =
        gradcheck([](const auto& in) { return sum(relu(in[0])); }, {D(Array<double>{{-1.0, 0.0}})});
    CHECK_MESSAGE(result.ok, result.message);
    REQUIRE(result.kinks.size() == 3);  // of the first order, the jump of the gradient, and that along v
    CHECK(result.kinks[0].where == "input 0, shape (1, 2), element (0, 1)");
    CHECK(result.kinks[0].analytic == 0);
    CHECK(result.kinks[0].left == doctest::Approx(0));
    CHECK(result.kinks[0].right == doctest::Approx(1));
    CHECK(result.kinks[1].where == "second order: input 0, shape (1, 2), element (0, 1)");
    CHECK(result.kinks[2].where == "second order: dy, shape (), element ()");
    CHECK(result.message.starts_with(
        "gradcheck: 3 of 5 entries at a kink: input 0, shape (1, 2), element (0, 1) (one-sided derivatives 0 and 1); second order: "));
}

TEST_CASE("gradcheck: at a kink a value outside the one-sided derivatives fails") {
    const auto twice_relu = [](const auto& in) {
        const D x = in[0];
        return record("wrong", relu(x).detach(),
                      Edge{x, [x](const D& dy) { return dy * (relu(x).value()() > 0 ? 1.0 : 2.0); }});
    };
    const auto result = gradcheck(twice_relu, {D(Array<double>(Shape{}, 0.0))}, {.second_order = false});
    CHECK_FALSE(result.ok);
    CHECK(
        result.message ==
        "gradcheck: input 0, shape (), element (): analytic 2, but the one-sided derivatives at this kink are 0 and 1");
}

TEST_CASE("gradcheck: a kink near an entry does not disturb it") {
    const auto result =
        gradcheck([](const auto& in) { return relu(in[0]); }, {D(Array<double>{1e-3, -2e-5, 4e-3, 1.0})});
    CHECK_MESSAGE(result.ok, result.message);
    CHECK(result.kinks.empty());
}

TEST_CASE("gradcheck: an input that the result does not depend on has a gradient of 0") {
    const Arguments inputs{row(), D(Array<double>{2.0})};
    for (const auto& f : {DifferentiableFunction([](const Arguments& in) { return square(in[0]); }),
                          DifferentiableFunction([](const Arguments& in) {
                              return 3.0 * in[1];
                          }),  // its gradient depends on nothing
                          DifferentiableFunction([](const Arguments&) { return D(Array<double>{1.0, 2.0}); }),
                          DifferentiableFunction([](const Arguments& in) { return in[0]; })}) {
        const auto result = gradcheck(f, inputs);
        CHECK_MESSAGE(result.ok, result.message);
    }
    const auto cut = gradcheck([](const auto& in) { return square(in[0].detach()) + in[1]; }, inputs);
    CHECK_FALSE(cut.ok);
    CHECK(cut.message.find("input 0, shape (1, 3), element (0, 0): analytic 0, numerical ") !=
          std::string::npos);
}

TEST_CASE("gradcheck: inputs and results without elements pass, and no input at all") {
    CHECK(gradcheck([](const auto& in) { return exp(in[0]); }, {zeros<double>({0, 3})}).ok);
    CHECK(gradcheck([](const auto& in) { return slice(in[0], 1, 0, 0); }, {row()}).ok);
    CHECK(gradcheck([](const auto&) { return row(); }, {}).ok);
}

TEST_CASE("gradcheck: the caller's inputs, and a tape of the caller's, are left alone") {
    Tape<double> tape;
    const D x(Array<double>{1.0, 2.0}, RequiresGrad::yes);
    CHECK(gradcheck([](const auto& in) { return square(in[0]); }, {x}).ok);
    CHECK(tape.size() == 0);
    CHECK(x.value() == Array<double>{1.0, 2.0});
    CHECK_FALSE(x.has_grad());
}

TEST_CASE("gradcheck: an input or result that is not finite is refused with its place") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto identity = [](const auto& in) { return in[0] * in[1]; };
    CHECK(gradcheck(identity, {row(), D(Array<double>{{1.0, 2.0, nan}})}).message ==
          "gradcheck: input 1, shape (1, 3), element (0, 2): the input is nan");
    CHECK(gradcheck([](const auto& in) { return log(in[0]); }, {D(Array<double>{0.0})}).message ==
          "gradcheck: the result's sum is -inf");
    CHECK(gradcheck([](const auto& in) { return sqrt(in[0]); }, {D(Array<double>{0.0})}).message ==
          "gradcheck: input 0, shape (1), element (0): the function is not finite near this input");
}

TEST_CASE("gradcheck: a function that is not a function of its inputs is refused") {
    int calls = 0;
    CHECK(gradcheck([&](const auto& in) { return in[0] * static_cast<double>(++calls); },
                    {D(Array<double>{1.0})})
              .message == "gradcheck: the function gives different results for the same inputs: 1 and 2");
    const auto changes = [](const auto& in) {
        D(in[0]).update([](Array<double>& x) { x.data()[0] += 1; });
        return sum(in[0]);
    };
    CHECK(gradcheck(changes, {D(Array<double>{1.0})}).message ==
          "gradcheck: the function changes input 0 in place");
}
