#include <cmath>

#include <xgrad/autograd/ops.hpp>
#include "support/registry/invalid.hpp"

// Tensor, and the functions that make constants.
namespace xgrad::registry {
namespace {

Refusals of_value() {
    return {
        "Tensor::value",
        {invalid<GraphError>(undefined, []<class T>(Zeros<T>) { (void)Tensor<T>().value(); }),
         invalid<GraphError>(
             "square: a value of shape (2) that was saved for backward has been changed since; call backward() before changing it, or compute with a detach()ed copy",
             []<class T>(Zeros<T> zeros) {
                 Tensor<T> x = zeros.leaf({2});
                 const Tape<T> tape;
                 const Tensor<T> loss = sum(square(x));
                 x.update([](Array<T>&) {});
                 loss.backward();
             })}};
}

Refusals of_item() {
    return {"Tensor::item",
            {invalid<ShapeError>("item: expected one element, got shape (2)",
                                 [](auto zeros) { (void)zeros({2}).item(); }),
             invalid<ShapeError>("item: expected one element, got shape (0)",
                                 [](auto zeros) { (void)zeros({0}).item(); }),
             invalid<GraphError>(undefined, []<class T>(Zeros<T>) { (void)Tensor<T>().item(); })}};
}

Refusals of_grad() {
    return {
        "Tensor::grad",
        {invalid<GraphError>(
             "grad: this Tensor of shape (1, 2) has no gradient: call backward() on a loss that depends on it",
             [](auto zeros) { (void)zeros.leaf({1, 2}).grad(); }),
         invalid<GraphError>(undefined, []<class T>(Zeros<T>) { (void)Tensor<T>().grad(); })}};
}

// `change` applied to a Tensor that a tape has recorded.
template <class F>
Invalid of_recorded(const std::string& name, F change) {
    return invalid<GraphError>(
        name + ": this Tensor of shape (2) is the result of a recorded op; detach() it first",
        [change]<class T>(Zeros<T> zeros) {
            const Tape<T> tape;
            Tensor<T> y = zeros.leaf({2}) * 2.0;
            change(y, zeros({2}).value());
        });
}

std::vector<Refusals> of_changes() {
    return {{"Tensor::set_requires_grad",
             {of_recorded("set_requires_grad",
                          [](auto& y, const auto&) { y.set_requires_grad(RequiresGrad::no); }),
              invalid<GraphError>(
                  undefined, []<class T>(Zeros<T>) { Tensor<T>().set_requires_grad(RequiresGrad::yes); })}},
            {"Tensor::assign",
             {of_recorded("assign", [](auto& y, const auto& value) { y.assign(value); }),
              invalid<ShapeError>("assign: expected (2), got (3)",
                                  [](auto zeros) { zeros({2}).assign(zeros({3}).value()); }),
              invalid<ShapeError>("assign: expected (2), got (1, 2)",
                                  [](auto zeros) { zeros({2}).assign(zeros({1, 2}).value()); }),
              invalid<GraphError>(undefined,
                                  []<class T>(Zeros<T> zeros) { Tensor<T>().assign(zeros({2}).value()); })}},
            {"Tensor::update",
             {of_recorded("update", [](auto& y, const auto&) { y.update([](auto&) {}); }),
              invalid<ShapeError>(
                  "update: the shape was (2) and became (3)",
                  [](auto zeros) { zeros({2}).update([&](auto& value) { value = zeros({3}).value(); }); }),
              invalid<GraphError>(undefined, []<class T>(Zeros<T>) { Tensor<T>().update([](auto&) {}); })}}};
}

std::vector<Refusals> of_indices() {
    return {{"Indices::Indices",
             {invalid<ShapeError>("Indices: shape (2, 2) needs 4 elements, got 3",
                                  [] { Indices({2, 2}, {0, 1, 2}); }),
              invalid<ShapeError>(too_large("Indices"), [] { Indices({huge, huge}, {}); })}},
            {"Indices::check",
             {invalid<ValueError>("op: labels[1, 0] is 7, outside [0, 5)",
                                  [] { Indices({2, 2}, {0, 1, 7, -1}).check("op", "labels", 5); }),
              invalid<ValueError>("op: labels[0] is -1, outside [0, 5)",
                                  [] { Indices{-1}.check("op", "labels", 5); })}}};
}

Refusals of_backward() {
    const std::string unrecorded =
        "backward: no tape recorded this Tensor of shape (): it was computed outside a Tape, or from nothing that requires a gradient";
    const std::string walked =
        "backward: the tape that recorded this Tensor of shape () has ended, was emptied by an earlier backward() (pass {.retain_graph = true} to that one to walk twice), or belongs to another thread";
    const auto with_seed = [](const Shape& shape) {
        return [shape]<class T>(Zeros<T> zeros) {
            const Tape<T> tape;
            (zeros.leaf({3}) * 2.0).backward(zeros(shape));
        };
    };
    return {
        "Tensor::backward",
        {invalid<GraphError>(unrecorded, [](auto zeros) { sum(zeros.leaf({2})).backward(); }),
         invalid<GraphError>(unrecorded,
                             []<class T>(Zeros<T> zeros) {
                                 const Tape<T> tape;
                                 sum(zeros({2})).backward();
                             }),
         invalid<GraphError>(walked,
                             []<class T>(Zeros<T> zeros) {
                                 const Tape<T> tape;
                                 const Tensor<T> loss = sum(zeros.leaf({2}));
                                 loss.backward();
                                 loss.backward();
                             }),
         invalid<GraphError>(walked,
                             []<class T>(Zeros<T> zeros) {
                                 const Tensor<T> loss = [&] {
                                     const Tape<T> tape;
                                     return sum(zeros.leaf({2}));
                                 }();
                                 loss.backward();
                             }),
         invalid<GraphError>(
             "backward: a Tensor of shape (3) is no scalar: pass a seed of its shape, or reduce it with sum() or mean()",
             []<class T>(Zeros<T> zeros) {
                 const Tape<T> tape;
                 (zeros.leaf({3}) * 2.0).backward();
             }),
         invalid<GraphError>(
             "backward: a Tensor of shape (0) is no scalar: pass a seed of its shape, or reduce it with sum() or mean()",
             []<class T>(Zeros<T> zeros) {
                 const Tape<T> tape;
                 (zeros.leaf({0}) * 2.0).backward();
             }),
         invalid<ShapeError>("backward: the seed has shape (2), the Tensor (3)", with_seed({2})),
         invalid<ShapeError>("backward: the seed has shape (1, 3), the Tensor (3)", with_seed({1, 3})),
         invalid<GraphError>(undefined, [](auto zeros) { zeros.leaf({}).backward(decltype(zeros({}))()); }),
         invalid<GraphError>(undefined, []<class T>(Zeros<T>) { Tensor<T>().backward(); })}};
}

// `make(shape)`, as a generic function of the scalar type.
template <class F>
Refusals of_constants(const std::string& name, F make) {
    return {
        name,
        {invalid<ShapeError>(too_large(name),
                             [make]<class T>(Zeros<T>) { make.template operator()<T>({huge, huge}); }),
         invalid<ShapeError>(too_large(name, "(1099511627776, 0, 1099511627776)"),
                             [make]<class T>(Zeros<T>) { make.template operator()<T>({huge, 0, huge}); })}};
}

std::vector<Refusals> of_constants() {
    const auto drawn = []<class T>(const Shape& shape, double low = 0, double high = 1) {
        Rng rng(1);
        uniform<T>(shape, rng, low, high);
    };
    Refusals of_uniform = of_constants("uniform", drawn);
    const auto refuse = [&](const std::string& got, double low, double high) {
        of_uniform.rows.push_back(
            invalid<ValueError>("Rng::uniform: expected low <= high and a finite difference, got " + got,
                                [=]<class T>(Zeros<T>) { drawn.template operator()<T>({2}, low, high); }));
    };
    refuse("low = 2, high = 1", 2, 1);
    refuse("low = nan, high = 1", NAN, 1);
    refuse("low = 0, high = inf", 0, INFINITY);
    refuse("low = -1e+308, high = 1e+308", -1e308, 1e308);
    return {of_constants("zeros", []<class T>(const Shape& shape) { zeros<T>(shape); }),
            of_constants("ones", []<class T>(const Shape& shape) { ones<T>(shape); }),
            of_constants("full", []<class T>(const Shape& shape) { full<T>(shape, 2); }),
            of_constants("randn",
                         []<class T>(const Shape& shape) {
                             Rng rng(1);
                             randn<T>(shape, rng);
                         }),
            of_uniform};
}

}  // namespace

std::vector<Refusals> tensor_refusals() {
    std::vector<Refusals> all{of_value(), of_item(), of_grad(), of_backward()};
    for (const auto& more : {of_changes(), of_constants(), of_indices()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace xgrad::registry
