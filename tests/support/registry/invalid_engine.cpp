#include <cmath>

#include <xgrad/autograd/functional.hpp>
#include <xgrad/autograd/gradcheck.hpp>
#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/recomputed.hpp>
#include <xgrad/autograd/record.hpp>
#include "support/registry/invalid.hpp"

// Tape, grad and the gradient checks.
namespace xgrad::registry {
namespace {

std::vector<Refusals> of_tape() {
    const auto same = [](const auto& dy) { return dy; };
    const std::string no_result_of_its_own =
        "mine: the result, shape (2), is a leaf that requires a gradient, or the result of another op: give record() a Tensor of its own";
    return {
        {"check_inputs",  // as every op calls it; test_invalid_input.cpp tests all ops
         {invalid<GraphError>(recorded_elsewhere("mine", "(2)"),
                              []<class T>(Zeros<T> zeros) {
                                  const Tape<T> outer;
                                  const Tensor<T> y = zeros.leaf({2}) * 2.0;
                                  const Tape<T> inner;
                                  check_inputs("mine", y);
                              }),
          invalid<GraphError>(recorded_elsewhere("mine", "(2)"),
                              []<class T>(Zeros<T> zeros) {
                                  const Tape<T> tape;
                                  const Tensor<T> y = zeros.leaf({2}) * 2.0;
                                  sum(y).backward();
                                  check_inputs("mine", y);
                              }),
          invalid<GraphError>(
              "mine: a Tape<double> records here, but the input is a Tensor<float> that requires a gradient; open a Tape<float>",
              [] {
                  const Tape<double> tape;
                  check_inputs("mine", Zeros<float>().leaf({2}));
              }),
          invalid<GraphError>(
              "mine: a Tape<float> records here, but the input is a Tensor<double> that requires a gradient; open a Tape<double>",
              [] {
                  const Tape<float> tape;
                  check_inputs("mine", Zeros<double>().leaf({2}));
              })}},
        {"record",
         {invalid<GraphError>(recorded_elsewhere("mine", "(2)"),
                              [same]<class T>(Zeros<T> zeros) {
                                  const Tape<T> outer;
                                  const Tensor<T> y = zeros.leaf({2}) * 2.0;
                                  const Tape<T> inner;
                                  record("mine", zeros({2}), Edge{y, same});
                              }),
          invalid<GraphError>(no_result_of_its_own,
                              [same]<class T>(Zeros<T> zeros) {
                                  const Tape<T> tape;
                                  const Tensor<T> x = zeros.leaf({2});
                                  record("mine", x, Edge{x, same});
                              }),
          invalid<GraphError>(no_result_of_its_own,
                              [same]<class T>(Zeros<T> zeros) {
                                  const Tape<T> tape;
                                  const Tensor<T> x = zeros.leaf({2});
                                  record("mine", x * 2.0, Edge{x, same});
                              }),
          invalid<NumericsError>("log: the result, shape (2), holds a NaN or an infinity",
                                 []<class T>(Zeros<T> zeros) {
                                     const Tape<T> tape({.anomaly = Anomaly::detect});
                                     log(zeros({2}));
                                 }),
          invalid<NumericsError>("sqrt: the gradient of input 0, shape (2), holds a NaN or an infinity",
                                 []<class T>(Zeros<T> zeros) {
                                     const Tape<T> tape({.anomaly = Anomaly::detect});
                                     sum(sqrt(zeros.leaf({2}))).backward();
                                 })}}};
}

Refusals of_grad() {
    return {
        "grad",
        {invalid<GraphError>("grad: y has shape (2), which is no scalar: differentiate sum(seed * y)",
                             []<class T>(Zeros<T> zeros) {
                                 const Tape<T> tape;
                                 const Tensor<T> x = zeros.leaf({2});
                                 grad(x * 2.0, {x});
                             }),
         invalid<GraphError>("grad: x[1], shape (1, 2), requires no gradient",
                             []<class T>(Zeros<T> zeros) {
                                 const Tape<T> tape;
                                 const Tensor<T> x = zeros.leaf({2});
                                 grad(sum(x), {x, zeros({1, 2})});
                             }),
         invalid<GraphError>(recorded_elsewhere("grad", "(2)"),
                             []<class T>(Zeros<T> zeros) {
                                 const Tape<T> outer;
                                 const Tensor<T> x = zeros.leaf({2}), elsewhere = x * 1.0;
                                 const Tape<T> tape;
                                 grad(sum(x), {elsewhere});
                             }),
         invalid<GraphError>(
             "grad: no tape recorded this Tensor of shape (): it was computed outside a Tape, or from nothing that requires a gradient",
             [](auto zeros) { grad(sum(zeros({2})), {zeros.leaf({2})}); }),
         invalid<GraphError>(
             "grad: the tape that recorded this Tensor of shape () has ended, was emptied by an earlier backward() (pass {.retain_graph = true} to that one to walk twice), or belongs to another thread",
             []<class T>(Zeros<T> zeros) {
                 const Tape<T> tape;
                 const Tensor<T> x = zeros.leaf({2}), y = sum(x);
                 grad(y, {x});
                 grad(y, {x});
             }),
         invalid<GraphError>(undefined, []<class T>(Zeros<T> zeros) {
             const Tape<T> tape;
             grad(sum(zeros.leaf({2})), {Tensor<T>()});
         })}};
}

Refusals of_gradcheck() {
    const auto with = [](const GradcheckOptions& options) {
        return [options] { gradcheck([](const auto& in) { return in[0]; }, {zeros<double>({2})}, options); };
    };
    return {
        "gradcheck",
        {invalid<ValueError>("gradcheck: the tolerance must be finite and positive, got 0",
                             with({.tolerance = 0})),
         invalid<ValueError>("gradcheck: the tolerance must be finite and positive, got nan",
                             with({.tolerance = NAN})),
         invalid<ValueError>("gradcheck: the tolerance must be finite and positive, got inf",
                             with({.tolerance = INFINITY})),
         invalid<ValueError>("gradcheck: the absolute tolerance must be finite and not negative, got -1",
                             with({.absolute = -1})),
         invalid<ValueError>("gradcheck: the absolute tolerance must be finite and not negative, got inf",
                             with({.absolute = INFINITY})),
         invalid<ValueError>("gradcheck: the step must be finite and positive, got -1", with({.step = -1})),
         invalid<ValueError>("gradcheck: the step must be finite and positive, got inf",
                             with({.step = INFINITY})),
         invalid<ValueError>("gradcheck: the function is empty", [] { gradcheck({}, {zeros<double>({2})}); }),
         invalid<GraphError>(undefined,
                             [] { gradcheck([](const auto& in) { return in[0]; }, {Tensor<double>()}); })}};
}

Refusals of_numerical_derivative() {
    const auto at = [](double x, double h) {
        return [=] { numerical_derivative([](double v) { return v; }, x, h); };
    };
    return {
        "numerical_derivative",
        {invalid<ValueError>("numerical_derivative: x must be finite, got inf", at(INFINITY, 0.01)),
         invalid<ValueError>("numerical_derivative: x must be finite, got nan", at(NAN, 0.01)),
         invalid<ValueError>("numerical_derivative: the step must be finite and positive, got 0", at(0, 0)),
         invalid<ValueError>("numerical_derivative: the step must be finite and positive, got inf",
                             at(0, INFINITY)),
         invalid<ValueError>("numerical_derivative: the step must be finite and positive, got nan",
                             at(0, NAN)),
         invalid<ValueError>("numerical_derivative: the function is empty",
                             [] { numerical_derivative({}, 0, 0.01); })}};
}

Refusals of_composed_op() {
    return {"ComposedOp::ComposedOp",
            {invalid<GraphError>(recorded_elsewhere("mine", "(2)"), []<class T>(Zeros<T> zeros) {
                const Tape<T> outer;
                const Tensor<T> x = zeros.leaf({2}) * 2.0;
                const Tape<T> inner;
                const ComposedOp composed("mine", x);
            })}};
}

std::vector<Refusals> of_functional() {
    const auto same = [](const auto& in) { return in[0]; };
    const auto refuses = [](const std::string& message, auto call) {
        return invalid<ShapeError>(message, call);
    };
    return {
        {"vjp",
         {refuses("vjp: the value has shape (2), v (3)",
                  [=]<class T>(Zeros<T> zeros) { vjp(same, std::vector{zeros({2})}, zeros({3})); })}},
        {"jvp",
         {refuses(
              "jvp: expected 1 directions, one for each argument, got 0",
              [=]<class T>(Zeros<T> zeros) { jvp(same, std::vector{zeros({2})}, std::vector<Tensor<T>>()); }),
          refuses("jvp: argument 0 has shape (2), its direction (1, 2)",
                  [=]<class T>(Zeros<T> zeros) {
                      jvp(same, std::vector{zeros({2})}, std::vector{zeros({1, 2})});
                  })}},
        {"hessian_vector_product",
         {refuses("hessian_vector_product: argument 0 has shape (2), its direction ()",
                  [=]<class T>(Zeros<T> zeros) {
                      hessian_vector_product(same, std::vector{zeros({2})}, std::vector{zeros({})});
                  }),
          refuses("hessian_vector_product: the function must return a scalar, got (2)",
                  [=]<class T>(Zeros<T> zeros) {
                      hessian_vector_product(same, std::vector{zeros({2})}, std::vector{zeros({2})});
                  })}},
        {"jacobian",
         {refuses(too_large("jacobian", "(1073741824, 0, 1073741824, 0)"),
                  [=]<class T>(Zeros<T> zeros) {
                      jacobian(same, std::vector{zeros({std::size_t{1} << 30, 0})});
                  })}},
        {"hessian",
         {refuses("hessian: the function must return a scalar, got (2)",
                  [=]<class T>(Zeros<T> zeros) { hessian(same, std::vector{zeros({2})}); })}},
        {"recomputed",
         {invalid<GraphError>(recorded_elsewhere("recomputed", "(2)"),
                              []<class T>(Zeros<T> zeros) {
                                  const Tape<T> tape;
                                  const Tensor<T> y = zeros.leaf({2}) * 2.0;
                                  recomputed([y](const Tensor<T>&) { return y; }, y);
                              }),
          invalid<GraphError>(
              "recomputed: the function gave another value, shape (1), in the backward pass than before, shape (2): it must depend on nothing that changes, such as a generator or a mode",
              []<class T>(Zeros<T> zeros) {
                  const Tape<T> tape;
                  std::ptrdiff_t end = 3;
                  const auto shrinking = [&end](const Tensor<T>& x) { return slice(x, 0, 0, --end); };
                  sum(recomputed(shrinking, zeros.leaf({2}))).backward();
              })}}};
}

}  // namespace

std::vector<Refusals> engine_refusals() {
    std::vector<Refusals> all = of_tape();
    for (const Refusals& more : {of_grad(), of_gradcheck(), of_numerical_derivative(), of_composed_op()})
        all.push_back(more);
    for (const Refusals& more : of_functional()) all.push_back(more);
    return all;
}

}  // namespace xgrad::registry
