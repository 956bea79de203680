#include <cmath>

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

std::vector<Refusals> of_regression() {
    const auto of_pairs = [](const std::string& name, auto judge) {
        return std::vector<Invalid>{
            invalid<ShapeError>(name + ": prediction has shape (3, 1), target (3)",
                                [=](auto zeros) { judge(zeros({3, 1}), zeros({3})); }),
            invalid<ShapeError>(name + ": no elements: shape (0, 2)",
                                [=](auto zeros) { judge(zeros({0, 2}), zeros({0, 2})); }),
            invalid<GraphError>(undefined, [=]<class T>(Zeros<T> zeros) { judge(zeros({1}), Tensor<T>()); }),
            invalid<GraphError>(undefined, [=]<class T>(Zeros<T> zeros) { judge(Tensor<T>(), zeros({1})); })};
    };
    return {{"mean_absolute_error",
             of_pairs("mean_absolute_error",
                      [](const auto& y, const auto& t) { (void)mean_absolute_error(y, t); })},
            {"mean_squared_error",
             of_pairs("mean_squared_error",
                      [](const auto& y, const auto& t) { (void)mean_squared_error(y, t); })},
            {"r2_score", of_pairs("r2_score", [](const auto& y, const auto& t) { (void)r2_score(y, t); })},
            {"RegressionMetrics::add",
             of_pairs("RegressionMetrics::add",
                      [](const auto& y, const auto& t) { RegressionMetrics().add(y, t); })},
            {"RegressionMetrics::mean_absolute_error",
             nothing_counted("RegressionMetrics::mean_absolute_error",
                             [] { (void)RegressionMetrics().mean_absolute_error(); })},
            {"RegressionMetrics::mean_squared_error",
             nothing_counted("RegressionMetrics::mean_squared_error",
                             [] { (void)RegressionMetrics().mean_squared_error(); })},
            {"RegressionMetrics::r2_score",
             nothing_counted("RegressionMetrics::r2_score", [] { (void)RegressionMetrics().r2_score(); })}};
}

std::vector<Refusals> of_roc_auc() {
    const auto of_scores = [](const std::string& name, auto judge) {
        const auto shaped = [&](const Shape& shape) {
            return invalid<ShapeError>(
                name + ": expected scores (batch), or (batch, classes) with 2 classes or more, got " +
                    to_string(shape),
                [=](auto zeros) { judge(zeros(shape), {0, 1}); });
        };
        return std::vector<Invalid>{
            shaped({}),
            shaped({0}),
            shaped({2, 1}),
            shaped({2, 0}),
            shaped({0, 2}),
            shaped({2, 3, 1}),
            invalid<ShapeError>(name + ": scores (2) need labels (2), got (3)",
                                [=](auto zeros) { judge(zeros({2}), {0, 1, 1}); }),
            invalid<ShapeError>(name + ": scores (2, 3) need labels (2), got (1)",
                                [=](auto zeros) { judge(zeros({2, 3}), {0}); }),
            invalid<ValueError>(name + ": labels[1] is 2, outside [0, 2)",
                                [=](auto zeros) { judge(zeros({2}), {0, 2}); }),
            invalid<ValueError>(name + ": labels[0] is -1, outside [0, 3)",
                                [=](auto zeros) { judge(zeros({1, 3}), {-1}); }),
            invalid<ValueError>(name + ": row 1 of scores (3) has a NaN, which has no place in their order",
                                [=]<class T>(Zeros<T>) { judge(Tensor<T>(Array<T>{1, NAN, 2}), {0, 1, 0}); }),
            invalid<ValueError>(
                name + ": row 2 of scores (3, 2) has a NaN, which has no place in their order",
                [=]<class T>(Zeros<T>) { judge(Tensor<T>(Array<T>{{1, 2}, {3, 4}, {5, NAN}}), {0, 1, 0}); }),
            invalid<GraphError>(undefined, [=]<class T>(Zeros<T>) { judge(Tensor<T>(), {0}); })};
    };
    const auto one_shot = [](const auto& scores, const Indices& labels) { (void)roc_auc(scores, labels); };
    const auto added = [](const auto& scores, const Indices& labels) { RocAuc().add(scores, labels); };
    // ... their `value`.
    const auto one_class = [](const std::string& name, auto judge) {
        const std::string reason = ": the area compares members of each class with others";
        return std::vector<Invalid>{
            invalid<ValueError>(name + ": none of the 2 labels is 0" + reason,
                                [=](auto zeros) { judge(zeros({2}), {1, 1}); }),
            invalid<ValueError>(name + ": none of the 2 labels is 1" + reason,
                                [=](auto zeros) { judge(zeros({2}), {0, 0}); }),
            invalid<ValueError>(name + ": none of the 3 labels is 2" + reason,
                                [=](auto zeros) { judge(zeros({3, 4}), {0, 3, 1}); })};
    };
    std::vector<Refusals> all{
        {"roc_auc", of_scores("roc_auc", one_shot)},
        {"RocAuc::add", of_scores("RocAuc::add", added)},
        {"RocAuc::value", one_class("RocAuc::value",
                                    [](const auto& scores, const Indices& labels) {
                                        RocAuc auc;
                                        auc.add(scores, labels);
                                        (void)auc.value();
                                    })},
        {"RocAuc::operator+=",
         {invalid<ValueError>("RocAuc::operator+=: scores (batch) and (batch, 3)", [](auto zeros) {
             RocAuc one, three;
             one.add(zeros({1}), {0});
             three.add(zeros({1, 3}), {0});
             one += three;
         })}}};
    const auto append = [](std::vector<Invalid>& rows, const std::vector<Invalid>& more) {
        rows.insert(rows.end(), more.begin(), more.end());
    };
    append(all[0].rows, one_class("roc_auc", one_shot));
    append(all[2].rows, nothing_counted("RocAuc::value", [] { (void)RocAuc().value(); }));
    all[1].rows.push_back(
        invalid<ShapeError>("RocAuc::add: expected scores (batch, 3) as before, got (2, 4)", [](auto zeros) {
            RocAuc auc;
            auc.add(zeros({1, 3}), {0});
            auc.add(zeros({2, 4}), {0, 1});
        }));
    return all;
}

std::vector<Refusals> of_calibration() {
    const auto of_logits = [](const std::string& name, auto judge) {
        std::vector<Invalid> rows = of_batches(name, judge);
        rows.push_back(invalid<ValueError>(
            name + ": row 1 of logits (2, 3) has no softmax: its largest logit is nan",
            [=]<class T>(Zeros<T>) { judge(Tensor<T>(Array<T>{{0, 1, 2}, {0, NAN, 1}}), {0, 1}); }));
        rows.push_back(
            invalid<ValueError>(name + ": row 0 of logits (1, 2) has no softmax: its largest logit is inf",
                                [=]<class T>(Zeros<T>) { judge(Tensor<T>(Array<T>{{INFINITY, 0}}), {0}); }));
        rows.push_back(invalid<ValueError>(
            name + ": row 0 of logits (1, 2) has no softmax: its largest logit is -inf",
            [=]<class T>(Zeros<T>) { judge(Tensor<T>(Array<T>{{-INFINITY, -INFINITY}}), {0}); }));
        return rows;
    };
    std::vector<Refusals> all{
        {"expected_calibration_error", of_logits("expected_calibration_error",
                                                 [](const auto& logits, const Indices& labels) {
                                                     (void)expected_calibration_error(logits, labels);
                                                 })},
        {"Calibration::Calibration",
         {invalid<ValueError>("Calibration: expected at least one bin, got 0", [] { Calibration(0); })}},
        {"Calibration::add",
         of_logits("Calibration::add",
                   [](const auto& logits, const Indices& labels) { Calibration().add(logits, labels); })},
        {"Calibration::operator+=",
         {invalid<ValueError>("Calibration::operator+=: 15 bins and 10",
                              [] { Calibration() += Calibration(10); })}},
        {"Calibration::expected_error",
         nothing_counted("Calibration::expected_error", [] { (void)Calibration().expected_error(); })}};
    all[0].rows.push_back(
        invalid<ValueError>("expected_calibration_error: expected at least one bin, got 0",
                            [](auto zeros) { (void)expected_calibration_error(zeros({1, 2}), {0}, 0); }));
    return all;
}

}  // namespace

std::vector<Refusals> metric_refusals() {
    std::vector<Refusals> all;
    for (const auto& part : {of_accuracy(), of_confusion(), of_regression(), of_roc_auc(), of_calibration()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace xgrad::registry
