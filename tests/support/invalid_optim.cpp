#include <cmath>

#include <xgrad/optim/lr_schedule.hpp>
#include <xgrad/optim/sgd.hpp>
#include "support/invalid.hpp"

// Optimizers and learning-rate schedules.
namespace xgrad::registry {
namespace {

// What SGD's constructor and add_group() refuse of parameters.
std::vector<Invalid> of_parameters(auto take) {
    return {
        invalid<ValueError>("SGD: parameter again is given twice",
                            [=]<class T>(Zeros<T> zeros) {
                                const Tensor<T> w = zeros.leaf({2});
                                take(std::vector<Parameter<T>>{{"w", w}, {"again", w}});
                            }),
        invalid<ValueError>("SGD: parameter w is undefined",
                            [=]<class T>(Zeros<T>) { take(std::vector<Parameter<T>>{{"w", Tensor<T>()}}); }),
        invalid<ValueError>("SGD: parameter w is no leaf, but the result of a recorded op",
                            [=]<class T>(Zeros<T> zeros) {
                                const Tape<T> tape;
                                take(std::vector<Parameter<T>>{{"w", zeros.leaf({2}) * 2.0}});
                            })};
}

std::vector<Refusals> of_sgd() {
    const auto make = [](const SgdOptions& options) {
        return [options]<class T>(Zeros<T>) { SGD<T>({}, options); };
    };
    const auto add = [](const SgdGroupOptions& options) {
        return [options]<class T>(Zeros<T>) { SGD<T>(std::vector<Parameter<T>>()).add_group({}, options); };
    };
    const auto set_rate = [](double rate) {
        return [rate]<class T>(Zeros<T>) { SGD<T>(std::vector<Parameter<T>>()).set_learning_rate(rate); };
    };
    const std::string rate = "Optimizer: the learning rate must be finite and not negative, got ";
    const std::string decay = "SGD: weight_decay must be finite and not negative, got ";
    const std::string scale = "SGD: learning_rate_scale must be finite and not negative, got ";
    Refusals constructor{"SGD::SGD", of_parameters([]<class T>(const std::vector<Parameter<T>>& parameters) {
                             SGD<T>{parameters};
                         })};
    Refusals group{"SGD::add_group", of_parameters([]<class T>(const std::vector<Parameter<T>>& parameters) {
                       SGD<T>(std::vector<Parameter<T>>()).add_group(parameters, {});
                   })};
    for (const Invalid& row :
         {invalid<ValueError>(rate + "-1", make({.learning_rate = -1})),
          invalid<ValueError>(rate + "nan", make({.learning_rate = NAN})),
          invalid<ValueError>(rate + "inf", make({.learning_rate = INFINITY})),
          invalid<ValueError>("SGD: momentum must lie in [0, 1), got 1", make({.momentum = 1})),
          invalid<ValueError>("SGD: momentum must lie in [0, 1), got 2", make({.momentum = 2})),
          invalid<ValueError>("SGD: momentum must lie in [0, 1), got -0.5", make({.momentum = -0.5})),
          invalid<ValueError>("SGD: momentum must lie in [0, 1), got nan", make({.momentum = NAN})),
          invalid<ValueError>("SGD: Nesterov's form needs a momentum above 0", make({.nesterov = true})),
          invalid<ValueError>(decay + "-1", make({.weight_decay = -1})),
          invalid<ValueError>(decay + "nan", make({.weight_decay = NAN})),
          invalid<ValueError>(decay + "inf", make({.weight_decay = INFINITY}))})
        constructor.rows.push_back(row);
    for (const Invalid& row :
         {invalid<ValueError>(decay + "-1", add({.weight_decay = -1})),
          invalid<ValueError>(decay + "nan", add({.weight_decay = NAN})),
          invalid<ValueError>(scale + "-2", add({.learning_rate_scale = -2})),
          invalid<ValueError>(scale + "nan", add({.learning_rate_scale = NAN})),
          invalid<ValueError>(scale + "inf", add({.learning_rate_scale = INFINITY})),
          invalid<ValueError>("SGD: parameter again is given twice",  // in another group
                              []<class T>(Zeros<T> zeros) {
                                  const Tensor<T> w = zeros.leaf({2});
                                  SGD<T>(std::vector<Parameter<T>>{{"w", w}}).add_group({{"again", w}}, {});
                              })})
        group.rows.push_back(row);
    return {constructor,
            group,
            {"Optimizer::set_learning_rate",
             {invalid<ValueError>(rate + "-0.1", set_rate(-0.1)),
              invalid<ValueError>(rate + "nan", set_rate(NAN)),
              invalid<ValueError>(rate + "inf", set_rate(INFINITY))}},
            {"SGD::state_arrays",
             {invalid<StateError>("SGD: two parameters are named w",
                                  []<class T>(Zeros<T> zeros) {
                                      const std::vector<Parameter<T>> parameters{{"w", zeros.leaf({})},
                                                                                 {"w", zeros.leaf({})}};
                                      (void)SGD<T>(parameters, {.momentum = 0.9}).state_arrays();
                                  })}},
            {"Optimizer::load_state_arrays",  // more of them in tests/optim/test_sgd_state.cpp, which sees
                                              // that nothing has changed
             {invalid<StateError>("SGD: nothing was loaded: missing learning_rate", []<class T>(Zeros<T>) {
                 SGD<T>(std::vector<Parameter<T>>()).load_state_arrays({});
             })}}};
}

std::vector<Refusals> of_schedules() {
    const auto constant = [](double rate) { return [rate] { ConstantLR{rate}; }; };
    const auto cyclic = [](const CyclicOptions& options) { return [options] { CyclicLR{options}; }; };
    const std::string rate = "ConstantLR: the rate must be finite and not negative, got ";
    const std::string min = "CyclicLR: min must be finite and not negative, got ",
                      max = "CyclicLR: max must be finite and not negative, got ";
    const std::string gamma = "CyclicLR: gamma must be in (0, 1], got ";
    return {
        {"ConstantLR::ConstantLR",
         {invalid<ValueError>(rate + "-0.1", constant(-0.1)),
          invalid<ValueError>(rate + "nan", constant(NAN)),
          invalid<ValueError>(rate + "inf", constant(INFINITY))}},
        {"CyclicLR::CyclicLR",
         {invalid<ValueError>("CyclicLR: min must not exceed max, got 0.2 > 0.1",
                              cyclic({.min = 0.2, .max = 0.1, .half_cycle = 5})),
          invalid<ValueError>(min + "-1", cyclic({.min = -1, .max = 1, .half_cycle = 5})),
          invalid<ValueError>(min + "nan", cyclic({.max = 1, .half_cycle = 5})),  // not given
          invalid<ValueError>(min + "inf", cyclic({.min = INFINITY, .max = INFINITY, .half_cycle = 5})),
          invalid<ValueError>(max + "-1", cyclic({.min = 0, .max = -1, .half_cycle = 5})),
          invalid<ValueError>(max + "nan", cyclic({.min = 0, .half_cycle = 5})),
          invalid<ValueError>(max + "inf", cyclic({.min = 0, .max = INFINITY, .half_cycle = 5})),
          invalid<ValueError>("CyclicLR: half_cycle must be positive, got 0", cyclic({.min = 0, .max = 1})),
          invalid<ValueError>(gamma + "0", cyclic({.min = 0, .max = 1, .half_cycle = 5, .gamma = 0})),
          invalid<ValueError>(gamma + "-0.5", cyclic({.min = 0, .max = 1, .half_cycle = 5, .gamma = -0.5})),
          invalid<ValueError>(gamma + "2", cyclic({.min = 0, .max = 1, .half_cycle = 5, .gamma = 2})),
          invalid<ValueError>(gamma + "nan", cyclic({.min = 0, .max = 1, .half_cycle = 5, .gamma = NAN}))}}};
}

}  // namespace

std::vector<Refusals> optimizer_refusals() {
    std::vector<Refusals> all = of_sgd();
    for (const Refusals& more : of_schedules()) all.push_back(more);
    return all;
}

}  // namespace xgrad::registry
