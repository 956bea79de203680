#include <cmath>

#include <xgrad/nn/init.hpp>
#include <xgrad/nn/metrics.hpp>
#include "support/registry/invalid.hpp"

// Metrics and initializers.
namespace xgrad::registry {
namespace {

std::vector<Invalid> of_batches(const std::string& name, auto judge) {
    return {invalid<ShapeError>(name + ": expected logits (batch, classes), got (3)",
                                [=](auto zeros) { judge(zeros({3}), {0, 1, 2}); }),
            invalid<ShapeError>(name + ": expected logits (batch, classes), got (2, 3, 1)",
                                [=](auto zeros) { judge(zeros({2, 3, 1}), {0, 1}); }),
            invalid<ShapeError>(name + ": expected logits (batch, classes), got (0, 3)",
                                [=](auto zeros) { judge(zeros({0, 3}), {}); }),
            invalid<ShapeError>(name + ": expected logits (batch, classes), got (1, 0)",
                                [=](auto zeros) { judge(zeros({1, 0}), {0}); }),
            invalid<ShapeError>(name + ": logits (2, 3) need labels (2), got (1)",
                                [=](auto zeros) { judge(zeros({2, 3}), {0}); }),
            invalid<ShapeError>(name + ": logits (2, 3) need labels (2), got (3)",
                                [=](auto zeros) { judge(zeros({2, 3}), {0, 1, 2}); }),
            invalid<ValueError>(name + ": labels[1] is 3, outside [0, 3)",
                                [=](auto zeros) { judge(zeros({2, 3}), {0, 3}); }),
            invalid<ValueError>(name + ": labels[0] is -1, outside [0, 3)",
                                [=](auto zeros) { judge(zeros({2, 3}), {-1, 0}); }),
            invalid<GraphError>(undefined, [=]<class T>(Zeros<T>) { judge(Tensor<T>(), {0}); })};
}

std::vector<Refusals> of_confusion() {
    std::vector<Refusals> all{
        {"ConfusionMatrix::ConfusionMatrix",
         {invalid<ValueError>("ConfusionMatrix: expected at least one class, got 0",
                              [] { ConfusionMatrix(0); }),
          invalid<ShapeError>(too_large("ConfusionMatrix"), [] { ConfusionMatrix{huge}; }),
          invalid<ValueError>("ConfusionMatrix: expected at least one class, got 0",
                              [] { ConfusionMatrix(std::vector<std::vector<std::uint64_t>>()); }),
          invalid<ValueError>("ConfusionMatrix: expected rows of 2 counts, got 1 in row 1",
                              [] { ConfusionMatrix({{1, 2}, {3}}); })}},
        {"ConfusionMatrix::add", of_batches("ConfusionMatrix::add",
                                            [](const auto& logits, const Indices& labels) {
                                                ConfusionMatrix(3).add(logits, labels);
                                            })},
        {"ConfusionMatrix::operator+=",
         {invalid<ValueError>("ConfusionMatrix::operator+=: 2 classes and 3",
                              [] { ConfusionMatrix(2) += ConfusionMatrix(3); })}},
        {"ConfusionMatrix::count",
         {invalid<ValueError>("ConfusionMatrix::count: (0, 3) is outside 3 classes",
                              [] { (void)ConfusionMatrix(3).count(0, 3); }),
          invalid<ValueError>("ConfusionMatrix::count: (3, 0) is outside 3 classes",
                              [] { (void)ConfusionMatrix(3).count(3, 0); })}},
        {"ConfusionMatrix::members",
         {invalid<ValueError>("ConfusionMatrix::count: (3, 0) is outside 3 classes",
                              [] { (void)ConfusionMatrix(3).members(3); })}},
        {"confidence_interval",
         {invalid<ValueError>(
              "confidence_interval: expected trials, and at most as many successes, got 0 of 0",
              [] { (void)confidence_interval(0, 0); }),
          invalid<ValueError>(
              "confidence_interval: expected trials, and at most as many successes, got 3 of 2",
              [] { (void)confidence_interval(3, 2); })}},
        {"ConfusionMatrix::accuracy",
         {invalid<ValueError>("ConfusionMatrix::accuracy: nothing was counted yet",
                              [] { (void)ConfusionMatrix(3).accuracy(); })}},
        {"to_string", {invalid<ValueError>("ConfusionMatrix: expected 2 names, got 1", [] {
             (void)to_string(ConfusionMatrix(2), {"a"});
         })}}};
    all[1].rows.push_back(
        invalid<ShapeError>("ConfusionMatrix::add: expected logits (batch, 3), got (2, 4)",
                            [](auto zeros) { ConfusionMatrix(3).add(zeros({2, 4}), {0, 1}); }));
    return all;
}

std::vector<Refusals> of_initializers() {
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
            {"truncated_normal",
             {invalid<ValueError>("init::truncated_normal: sigma must be finite and not negative, got -1",
                                  [] { init::truncated_normal(-1, 2); }),
              invalid<ValueError>(
                  "init::truncated_normal: the bound must be at least a hundredth of sigma, got 0.001 and 1",
                  [] { init::truncated_normal(1, 0.001); })}},
            {"init::uniform",
             {invalid<ValueError>(
                 "Rng::uniform: expected low <= high and a finite difference, got low = 1, high = 0",
                 [] { init::uniform(1, 0); })}},
            {"orthogonal",
             {invalid<ValueError>("init::orthogonal: gain must be finite, got inf",
                                  [] { init::orthogonal(INFINITY); })}},
            {"constant",
             {invalid<ValueError>("init::constant: the constant must be finite, got nan",
                                  [] { init::constant(NAN); })}},
            {"normal",
             {invalid<ValueError>("init::normal: sigma must be finite and not negative, got -1",
                                  [] { init::normal(-1); }),
              invalid<ValueError>("init::normal: sigma must be finite and not negative, got nan",
                                  [] { init::normal(NAN); }),
              invalid<ValueError>("init::normal: sigma must be finite and not negative, got inf",
                                  [] { init::normal(INFINITY); })}}};
}

}  // namespace

std::vector<Refusals> metric_refusals() {
    std::vector<Refusals> all{
        {"accuracy", of_batches("accuracy", [](const auto& logits, const Indices& labels) {
             (void)accuracy(logits, labels);
         })}};
    for (const auto& more : {of_confusion(), of_initializers()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace xgrad::registry
