#include <cmath>
#include <utility>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/optim/adagrad.hpp>
#include <xgrad/optim/adam.hpp>
#include <xgrad/optim/clip_grad.hpp>
#include <xgrad/optim/lion.hpp>
#include <xgrad/optim/rmsprop.hpp>
#include <xgrad/optim/sgd.hpp>
#include <xgrad/optim/weight_average.hpp>
#include "support/registry/invalid.hpp"

// Optimizers and averages of weights.
namespace xgrad::registry {
namespace {

// Makes an optimizer without parameters, for either scalar type.
template <template <class> class O>
auto make(const auto& options) {
    return [options]<class T>(Zeros<T>) { O<T>({}, options); };
}

// Keeps a number that a state cannot have.
template <class T>
class Signed final : public Optimizer<T> {
public:
    explicit Signed(std::vector<Parameter<T>> parameters)
        : Optimizer<T>(std::move(parameters), {"Signed", 1, 0, {}, {"balance"}}) {}

private:
    void update(const ParameterStep<T>& step) override { step.scalars[0] = -1; }
};

// Parameters that constructors and add_group() reject.
std::vector<Invalid> of_parameters(const std::string& optimizer, auto take) {
    return {
        invalid<ValueError>(optimizer + ": parameter again is given twice",
                            [=]<class T>(Zeros<T> zeros) {
                                const Tensor<T> w = zeros.leaf({2});
                                take(std::vector<Parameter<T>>{{"w", w}, {"again", w}});
                            }),
        invalid<ValueError>(optimizer + ": parameter w is undefined",
                            [=]<class T>(Zeros<T>) { take(std::vector<Parameter<T>>{{"w", Tensor<T>()}}); }),
        invalid<ValueError>(optimizer + ": parameter w is no leaf, but the result of a recorded op",
                            [=]<class T>(Zeros<T> zeros) {
                                const Tape<T> tape;
                                take(std::vector<Parameter<T>>{{"w", zeros.leaf({2}) * 2.0}});
                            })};
}

// Options that the constructor of every optimizer rejects, and additional rows.
template <template <class> class O, class Options>
Refusals of_constructor(const std::string& name, const std::vector<Invalid>& own) {
    Refusals all{
        name + "::" + name,
        of_parameters(name, []<class T>(const std::vector<Parameter<T>>& parameters) { O<T>{parameters}; })};
    const std::string rate = "Optimizer: the learning rate must be finite and not negative, got ";
    const std::string decay = name + ": weight_decay must be finite and not negative, got ";
    for (const auto& [number, text] :
         {std::pair{-1.0, "-1"}, {double{NAN}, "nan"}, {double{INFINITY}, "inf"}}) {
        all.rows.push_back(invalid<ValueError>(rate + text, make<O>(Options{.learning_rate = number})));
        all.rows.push_back(invalid<ValueError>(decay + text, make<O>(Options{.weight_decay = number})));
    }
    all.rows = joined(std::move(all.rows), own);
    return all;
}

Refusals of_sgd() {
    return of_constructor<SGD, SgdOptions>(
        "SGD",
        {invalid<ValueError>("SGD: momentum must lie in [0, 1), got 1", make<SGD>(SgdOptions{.momentum = 1})),
         invalid<ValueError>("SGD: momentum must lie in [0, 1), got 2", make<SGD>(SgdOptions{.momentum = 2})),
         invalid<ValueError>("SGD: momentum must lie in [0, 1), got -0.5",
                             make<SGD>(SgdOptions{.momentum = -0.5})),
         invalid<ValueError>("SGD: momentum must lie in [0, 1), got nan",
                             make<SGD>(SgdOptions{.momentum = NAN})),
         invalid<ValueError>("SGD: Nesterov's form needs a momentum above 0",
                             make<SGD>(SgdOptions{.nesterov = true}))});
}

template <template <class> class O, class Options>
std::vector<Invalid> of_betas(const std::string& name) {
    const std::string beta = name + ": a beta must lie in [0, 1), got ";
    return {invalid<ValueError>(beta + "1", make<O>(Options{.betas = {1, 0.999}})),
            invalid<ValueError>(beta + "-0.5", make<O>(Options{.betas = {-0.5, 0.999}})),
            invalid<ValueError>(beta + "2", make<O>(Options{.betas = {0.9, 2}})),
            invalid<ValueError>(beta + "nan", make<O>(Options{.betas = {0.9, NAN}}))};
}

template <template <class> class O, class Options>
std::vector<Invalid> of_epsilon(const std::string& name) {
    const std::string epsilon = name + ": epsilon must be finite and not negative, got ";
    return {invalid<ValueError>(epsilon + "-1", make<O>(Options{.epsilon = -1})),
            invalid<ValueError>(epsilon + "nan", make<O>(Options{.epsilon = NAN})),
            invalid<ValueError>(epsilon + "inf", make<O>(Options{.epsilon = INFINITY}))};
}

template <template <class> class O, class Options>
Refusals of_adam(const std::string& name) {
    return of_constructor<O, Options>(name, joined(of_betas<O, Options>(name), of_epsilon<O, Options>(name)));
}

std::vector<Refusals> of_other_optimizers() {
    Refusals nadam = of_adam<NAdam, NAdamOptions>("NAdam");
    nadam.rows.push_back(invalid<ValueError>("NAdam: momentum_decay must be finite and not negative, got -1",
                                             make<NAdam>(NAdamOptions{.momentum_decay = -1})));
    return {nadam, of_constructor<Lion, LionOptions>("Lion", of_betas<Lion, LionOptions>("Lion")),
            of_constructor<RMSprop, RMSpropOptions>(
                "RMSprop", joined(of_epsilon<RMSprop, RMSpropOptions>("RMSprop"),
                                  {invalid<ValueError>("RMSprop: alpha must lie in [0, 1), got 1",
                                                       make<RMSprop>(RMSpropOptions{.alpha = 1})),
                                   invalid<ValueError>("RMSprop: momentum must lie in [0, 1), got 1",
                                                       make<RMSprop>(RMSpropOptions{.momentum = 1}))})),
            of_constructor<Adagrad, AdagradOptions>(
                "Adagrad",
                joined(of_epsilon<Adagrad, AdagradOptions>("Adagrad"),
                       {invalid<ValueError>(
                            "Adagrad: learning_rate_decay must be finite and not negative, got -1",
                            make<Adagrad>(AdagradOptions{.learning_rate_decay = -1})),
                        invalid<ValueError>("Adagrad: initial_sum must be finite and not negative, got inf",
                                            make<Adagrad>(AdagradOptions{.initial_sum = INFINITY}))}))};
}

Refusals of_groups() {
    const auto add = [](const GroupOptions& options) {
        return [options]<class T>(Zeros<T>) { SGD<T>(std::vector<Parameter<T>>()).add_group({}, options); };
    };
    const std::string decay = "SGD: weight_decay must be finite and not negative, got ";
    const std::string scale = "SGD: learning_rate_scale must be finite and not negative, got ";
    Refusals all{"Optimizer::add_group",
                 of_parameters("SGD", []<class T>(const std::vector<Parameter<T>>& parameters) {
                     SGD<T>(std::vector<Parameter<T>>()).add_group(parameters, {});
                 })};
    for (
        const Invalid& row :
        {invalid<ValueError>(decay + "-1", add({.weight_decay = -1})),
         invalid<ValueError>(decay + "nan", add({.weight_decay = NAN})),
         invalid<ValueError>(scale + "-2", add({.learning_rate_scale = -2})),
         invalid<ValueError>(scale + "nan", add({.learning_rate_scale = NAN})),
         invalid<ValueError>(scale + "inf", add({.learning_rate_scale = INFINITY})),
         invalid<ValueError>(
             "SGD: two parameters are named w, and a state could not tell them apart: make their modules children of one, or rename one",
             []<class T>(Zeros<T> zeros) {
                 SGD<T>(std::vector<Parameter<T>>{{"w", zeros.leaf({})}})
                     .add_group({{"w", zeros.leaf({})}}, {});
             }),
         invalid<ValueError>("SGD: parameter again is given twice",  // in another group
                             []<class T>(Zeros<T> zeros) {
                                 const Tensor<T> w = zeros.leaf({2});
                                 SGD<T>(std::vector<Parameter<T>>{{"w", w}}).add_group({{"again", w}}, {});
                             })})
        all.rows.push_back(row);
    return all;
}

std::vector<Refusals> of_any_optimizer() {
    const auto set_rate = [](double rate) {
        return [rate]<class T>(Zeros<T>) { SGD<T>(std::vector<Parameter<T>>()).set_learning_rate(rate); };
    };
    const std::string rate = "Optimizer: the learning rate must be finite and not negative, got ";
    return {
        of_groups(),
        {"Optimizer::set_options",
         {invalid<ValueError>("SGD: set_options: no parameter is chosen",
                              []<class T>(Zeros<T> zeros) {
                                  SGD<T>({{"w", zeros.leaf({2})}})
                                      .set_options([](const auto& p) { return p.name == "v"; }, {});
                              }),
          invalid<ValueError>("SGD: weight_decay must be finite and not negative, got -1",
                              []<class T>(Zeros<T> zeros) {
                                  SGD<T>({{"w", zeros.leaf({2})}})
                                      .set_options([](const auto&) { return true; }, {.weight_decay = -1});
                              })}},
        {"clip_grad_norm",
         {invalid<ValueError>("clip_grad_norm: max_norm must be finite and positive, got 0",
                              []<class T>(Zeros<T>) { clip_grad_norm(std::vector<Parameter<T>>(), 0); }),
          invalid<ValueError>("clip_grad_norm: p must be positive, got nan",
                              []<class T>(Zeros<T>) { clip_grad_norm(std::vector<Parameter<T>>(), 1, NAN); }),
          invalid<NumericsError>("clip_grad_norm: the gradient of w, shape (), holds a NaN or an infinity",
                                 []<class T>(Zeros<T> zeros) {
                                     const Tensor<T> w = zeros.leaf({});
                                     {
                                         const Tape<T> tape;
                                         (w * double{INFINITY}).backward();
                                     }
                                     clip_grad_norm(std::vector<Parameter<T>>{{"w", w}}, 1);
                                 })}},
        {"Ema::Ema",
         {invalid<ValueError>("Ema: decay must lie in [0, 1), got 1",
                              []<class T>(Zeros<T>) {
                                  Identity<T> net;
                                  Ema<T>(net, {.decay = 1});
                              })}},
        {"clip_grad_value",
         {invalid<ValueError>("clip_grad_value: the limit must be finite and positive, got -1",
                              []<class T>(Zeros<T>) { clip_grad_value(std::vector<Parameter<T>>(), -1); })}},
        {"Optimizer::set_learning_rate",
         {invalid<ValueError>(rate + "-0.1", set_rate(-0.1)),
          invalid<ValueError>(rate + "nan", set_rate(NAN)),
          invalid<ValueError>(rate + "inf", set_rate(INFINITY))}},
        {"Optimizer::step",
         {invalid<ValueError>("Signed: balance must be finite and not negative, got -1",
                              []<class T>(Zeros<T> zeros) {
                                  const Tensor<T> w = zeros.leaf({});
                                  w.backward();
                                  Signed<T>({{"w", w}}).step();
                              })}},
        {"Optimizer::load_state_arrays",  // tests/optim has more
         {invalid<StateError>("SGD: nothing was loaded: missing learning_rate", []<class T>(Zeros<T>) {
             SGD<T>(std::vector<Parameter<T>>()).load_state_arrays({});
         })}}};
}

}  // namespace

std::vector<Refusals> optimizer_refusals() {
    std::vector<Refusals> all{of_sgd(), of_adam<Adam, AdamOptions>("Adam"),
                              of_adam<AdamW, AdamWOptions>("AdamW")};
    for (const auto& more : {of_other_optimizers(), of_any_optimizer()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace xgrad::registry
