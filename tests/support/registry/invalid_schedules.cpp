#include <cmath>
#include <cstdint>

#include <xgrad/optim/lr_schedule.hpp>
#include <xgrad/optim/reduce_on_plateau.hpp>
#include "support/registry/invalid.hpp"

// Learning-rate schedules.
namespace xgrad::registry {

std::vector<Refusals> schedule_refusals() {
    const auto plateau = [](const std::string& message, const PlateauOptions& options) {
        return invalid<ValueError>("ReduceOnPlateau: " + message, [options] { ReduceOnPlateau{options}; });
    };
    const auto refuses = [](const std::string& message, auto make) {
        return invalid<ValueError>("lr::" + message, make);
    };
    const auto rate = [&](const std::string& name, auto make) {
        const std::string message = name + ": the rate must be finite and not negative, got ";
        return std::vector<Invalid>{refuses(message + "-0.1", [=] { make(-0.1); }),
                                    refuses(message + "nan", [=] { make(NAN); }),
                                    refuses(message + "inf", [=] { make(INFINITY); })};
    };
    const auto cosine = [](const lr::CosineOptions& options) { return [options] { lr::cosine(options); }; };
    const auto one_cycle = [](const lr::OneCycleOptions& options) {
        return [options] { lr::one_cycle(options); };
    };
    const auto cyclic = [](const lr::CyclicOptions& options) { return [options] { lr::cyclic(options); }; };
    const std::string min = "cyclic: min must be finite and not negative, got ",
                      max = "cyclic: max must be finite and not negative, got ",
                      gamma = "cyclic: gamma must be in (0, 1], got ";
    return {
        {"lr::constant", rate("constant", [](double r) { lr::constant(r); })},
        {"lr::step",
         joined(rate("step", [](double r) { lr::step(r, 5); }),
                {refuses("step: gamma must be finite and not negative, got -1", [] { lr::step(1, 5, -1); }),
                 refuses("step: every must be at least 1, got 0", [] { lr::step(1, 0); })})},
        {"lr::multi_step", joined(rate("multi_step", [](double r) { lr::multi_step(r, {5}); }),
                                  {refuses("multi_step: gamma must be finite and not negative, got nan",
                                           [] { lr::multi_step(1, {5}, NAN); })})},
        {"lr::exponential", joined(rate("exponential", [](double r) { lr::exponential(r, 0.9); }),
                                   {refuses("exponential: gamma must be finite and not negative, got -1",
                                            [] { lr::exponential(1, -1); })})},
        {"lr::polynomial",
         joined(rate("polynomial", [](double r) { lr::polynomial(r, 5); }),
                {refuses("polynomial: power must be finite and positive, got 0",
                         [] { lr::polynomial(1, 5, 0); }),
                 refuses("polynomial: steps must be at least 1, got 0", [] { lr::polynomial(1, 0); })})},
        {"lr::inverse_square_root",
         joined(rate("inverse_square_root", [](double r) { lr::inverse_square_root(r, 5); }),
                {refuses("inverse_square_root: steps must be at least 1, got 0",
                         [] { lr::inverse_square_root(1, 0); })})},
        {"lr::cosine",
         {refuses("cosine: max must be finite and not negative, got nan", cosine({.steps = 5})),  // not given
          refuses("cosine: min must be finite and not negative, got -1",
                  cosine({.max = 1, .min = -1, .steps = 5})),
          refuses("cosine: min must not exceed max, got 2 > 1", cosine({.max = 1, .min = 2, .steps = 5})),
          refuses("cosine: steps must be at least 1, got 0", cosine({.max = 1})),
          refuses("cosine: growth must be at least 1, got 0", cosine({.max = 1, .steps = 5, .growth = 0}))}},
        {"lr::one_cycle",
         {refuses("one_cycle: max must be finite and not negative, got nan", one_cycle({.steps = 5})),
          refuses("one_cycle: steps must be at least 2, got 1", one_cycle({.max = 1, .steps = 1})),
          refuses("one_cycle: rise must lie in (0, 1), got 1", one_cycle({.max = 1, .steps = 5, .rise = 1})),
          refuses("one_cycle: rise must lie in (0, 0.5), got 0.5",
                  one_cycle({.max = 1, .steps = 5, .rise = 0.5, .three_phases = true})),
          refuses("one_cycle: first_divisor must be finite and positive, got 0",
                  one_cycle({.max = 1, .steps = 5, .first_divisor = 0})),
          refuses("one_cycle: last_divisor must be finite and positive, got -1",
                  one_cycle({.max = 1, .steps = 5, .last_divisor = -1}))}},
        {"lr::warmup", {refuses("warmup: start must lie in [0, 1], got 2", [] { lr::warmup(5, 2); })}},
        {"lr::Warmup::then",
         {refuses("warmup: the schedule that follows is empty", [] { lr::warmup(5).then({}); })}},
        {"lr::cyclic",
         {refuses("cyclic: min must not exceed max, got 0.2 > 0.1",
                  cyclic({.min = 0.2, .max = 0.1, .half_cycle = 5})),
          refuses(min + "-1", cyclic({.min = -1, .max = 1, .half_cycle = 5})),
          refuses(min + "nan", cyclic({.max = 1, .half_cycle = 5})),  // not given
          refuses(min + "inf", cyclic({.min = INFINITY, .max = INFINITY, .half_cycle = 5})),
          refuses(max + "-1", cyclic({.min = 0, .max = -1, .half_cycle = 5})),
          refuses(max + "nan", cyclic({.min = 0, .half_cycle = 5})),
          refuses(max + "inf", cyclic({.min = 0, .max = INFINITY, .half_cycle = 5})),
          refuses("cyclic: half_cycle must be at least 1, got 0", cyclic({.min = 0, .max = 1})),
          refuses(gamma + "0", cyclic({.min = 0, .max = 1, .half_cycle = 5, .gamma = 0})),
          refuses(gamma + "-0.5", cyclic({.min = 0, .max = 1, .half_cycle = 5, .gamma = -0.5})),
          refuses(gamma + "2", cyclic({.min = 0, .max = 1, .half_cycle = 5, .gamma = 2})),
          refuses(gamma + "nan", cyclic({.min = 0, .max = 1, .half_cycle = 5, .gamma = NAN}))}},
        {"ReduceOnPlateau::ReduceOnPlateau",
         {plateau("learning_rate must be finite and not negative, got nan", {}),  // not given
          plateau("factor must lie in [0, 1), got 1", {.learning_rate = 1, .factor = 1}),
          plateau("threshold must be finite and not negative, got -1", {.learning_rate = 1, .threshold = -1}),
          plateau("min_learning_rate must be finite and not negative, got inf",
                  {.learning_rate = 1, .min_learning_rate = INFINITY}),
          plateau("epsilon must be finite and not negative, got -1", {.learning_rate = 1, .epsilon = -1})}},
        {"ReduceOnPlateau::load_state_arrays",
         {invalid<StateError>(
             "ReduceOnPlateau: nothing was loaded: missing learning_rate; best: expected an F64 of shape () that "
             "is not NaN; num_bad_epochs: expected an I64 of shape () that is not negative; missing "
             "cooldown_counter; unexpected x",
             [] {
                 ReduceOnPlateau({.learning_rate = 1})
                     .load_state_arrays({{"best", Array<double>(Shape{}, NAN)},
                                         {"num_bad_epochs", Array<std::int64_t>(Shape{}, -1)},
                                         {"x", Array<float>(Shape{}, 1.0F)}});
             })}}};
}

}  // namespace xgrad::registry
