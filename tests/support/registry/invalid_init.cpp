#include <cmath>

#include <xgrad/nn/init.hpp>
#include "support/registry/invalid.hpp"

namespace xgrad::registry {

std::vector<Refusals> initializer_refusals() {
    return {{"initialized_weight",
             {invalid<ValueError>("initialized_weight: the initializer is empty",
                                  []<class T>(Zeros<T>) {
                                      Rng rng(1);
                                      initialized_weight<T>({2, 3}, nullptr, rng);
                                  }),
              invalid<ShapeError>("fans: expected a weight (outputs, inputs, ...), got (2)",
                                  []<class T>(Zeros<T>) {
                                      Rng rng(1);
                                      initialized_weight<T>({2}, init::he_normal(), rng);
                                  }),
              invalid<ShapeError>("initialized_weight: the initializer changed the shape from (2, 3) to (3)",
                                  []<class T>(Zeros<T>) {
                                      Rng rng(1);
                                      initialized_weight<T>(
                                          {2, 3}, [](Array<double>& w, Rng&) { w = Array<double>{1, 2, 3}; },
                                          rng);
                                  }),
              invalid<ShapeError>(too_large("initialized_weight"),
                                  []<class T>(Zeros<T>) {
                                      Rng rng(1);
                                      initialized_weight<T>({huge, huge}, init::zeros(), rng);
                                  })}},
            {"fans",
             {invalid<ShapeError>("fans: expected a weight (outputs, inputs, ...), got (3)",
                                  [] { (void)fans({3}); })}},
            {"init::truncated_normal",
             {invalid<ValueError>("init::truncated_normal: sigma must be finite and not negative, got -1",
                                  [] { init::truncated_normal(-1, 2); }),
              invalid<ValueError>(
                  "init::truncated_normal: the bound must be at least a hundredth of sigma, got 0.001 and 1",
                  [] { init::truncated_normal(1, 0.001); })}},
            {"init::uniform",
             {invalid<ValueError>(
                 "Rng::uniform: expected low <= high and a finite difference, got low = 1, high = 0",
                 [] { init::uniform(1, 0); })}},
            {"init::orthogonal",
             {invalid<ValueError>("init::orthogonal: gain must be finite, got inf",
                                  [] { init::orthogonal(INFINITY); })}},
            {"init::constant",
             {invalid<ValueError>("init::constant: the constant must be finite, got nan",
                                  [] { init::constant(NAN); })}},
            {"init::normal",
             {invalid<ValueError>("init::normal: sigma must be finite and not negative, got -1",
                                  [] { init::normal(-1); }),
              invalid<ValueError>("init::normal: sigma must be finite and not negative, got nan",
                                  [] { init::normal(NAN); }),
              invalid<ValueError>("init::normal: sigma must be finite and not negative, got inf",
                                  [] { init::normal(INFINITY); })}}};
}

}  // namespace xgrad::registry
