#include <xgrad/nn/metrics.hpp>
#include "support/registry/invalid.hpp"

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

// What an accumulator says before its first batch.
std::vector<Invalid> nothing_counted(const std::string& name, auto read) {
    return {invalid<ValueError>(name + ": nothing was counted yet", read)};
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
        {"ConfusionMatrix::predictions",
         {invalid<ValueError>("ConfusionMatrix::count: (0, 3) is outside 3 classes",
                              [] { (void)ConfusionMatrix(3).predictions(3); })}},
        {"precision",
         of_batches("precision",
                    [](const auto& logits, const Indices& labels) { (void)precision(logits, labels); })},
        {"recall", of_batches("recall", [](const auto& logits,
                                           const Indices& labels) { (void)recall(logits, labels); })},
        {"f1_score", of_batches("f1_score", [](const auto& logits,
                                               const Indices& labels) { (void)f1_score(logits, labels); })},
        {"ConfusionMatrix::precision",
         nothing_counted("ConfusionMatrix::precision",
                         [] { (void)ConfusionMatrix(3).precision(Average::macro); })},
        {"ConfusionMatrix::recall",
         nothing_counted("ConfusionMatrix::recall", [] { (void)ConfusionMatrix(3).recall(Average::micro); })},
        {"ConfusionMatrix::f1_score",
         nothing_counted("ConfusionMatrix::f1_score",
                         [] { (void)ConfusionMatrix(3).f1_score(Average::macro); })},
        {"ConfusionMatrix::accuracy",
         nothing_counted("ConfusionMatrix::accuracy", [] { (void)ConfusionMatrix(3).accuracy(); })},
        {"to_string", {invalid<ValueError>("ConfusionMatrix: expected 2 names, got 1", [] {
             (void)to_string(ConfusionMatrix(2), {"a"});
         })}}};
    all[1].rows.push_back(
        invalid<ShapeError>("ConfusionMatrix::add: expected logits (batch, 3), got (2, 4)",
                            [](auto zeros) { ConfusionMatrix(3).add(zeros({2, 4}), {0, 1}); }));
    return all;
}

std::vector<Refusals> of_accuracy() {
    const auto of_k = [](const std::string& name, auto judge) {
        std::vector<Invalid> rows =
            of_batches(name, [=](const auto& logits, const Indices& labels) { judge(logits, labels, 2); });
        rows.push_back(invalid<ValueError>(name + ": expected k in [1, 3] for logits (2, 3), got 4",
                                           [=](auto zeros) { judge(zeros({2, 3}), {0, 1}, 4); }));
        return rows;
    };
    std::vector<Refusals> all{
        {"accuracy", of_batches("accuracy", [](const auto& logits,
                                               const Indices& labels) { (void)accuracy(logits, labels); })},
        {"top_k_accuracy",
         of_k("top_k_accuracy", [](const auto& logits, const Indices& labels,
                                   std::size_t k) { (void)top_k_accuracy(logits, labels, k); })},
        {"TopKAccuracy::TopKAccuracy",
         {invalid<ValueError>("TopKAccuracy: expected k >= 1, got 0", [] { TopKAccuracy(0); })}},
        {"TopKAccuracy::add",
         of_k("TopKAccuracy::add", [](const auto& logits, const Indices& labels,
                                      std::size_t k) { TopKAccuracy(k).add(logits, labels); })},
        {"TopKAccuracy::operator+=",
         {invalid<ValueError>("TopKAccuracy::operator+=: k is 2 and 3",
                              [] { TopKAccuracy(2) += TopKAccuracy(3); })}},
        {"TopKAccuracy::value",
         nothing_counted("TopKAccuracy::value", [] { (void)TopKAccuracy(1).value(); })},
        {"confidence_interval",
         {invalid<ValueError>(
              "confidence_interval: expected trials, and at most as many successes, got 0 of 0",
              [] { (void)confidence_interval(0, 0); }),
          invalid<ValueError>(
              "confidence_interval: expected trials, and at most as many successes, got 3 of 2",
              [] { (void)confidence_interval(3, 2); })}}};
    all[1].rows.push_back(
        invalid<ValueError>("top_k_accuracy: expected k in [1, 3] for logits (2, 3), got 0",
                            [](auto zeros) { (void)top_k_accuracy(zeros({2, 3}), {0, 1}, 0); }));
    return all;
}

}  // namespace

std::vector<Refusals> metric_refusals() {
    std::vector<Refusals> all;
    for (const auto& part : {of_accuracy(), of_confusion()}) all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace xgrad::registry
