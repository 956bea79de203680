#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cifar_bn {

/// A row of a published training's log. Accuracies are in percent.
struct PublishedPoint {
    std::uint64_t step;
    double train_cost, validation_cost, train_accuracy, validation_accuracy, test_accuracy;
};

/// A published training. Accuracies are in percent, as in the report.
struct Published {
    double validation, test;
    std::vector<PublishedPoint> curve{};  ///< Its log.
};

/// The published training with our name for it (apps/cifar_bn/published/README.md).
std::optional<Published> published_training(const std::string& name);

/// The second run of the 3 cycles with the best lambda, which the author's log has and the report has not.
inline constexpr double second_best_lambda_test = 53.66;

/// A training of a published search.
struct PublishedTrial {
    double lambda, validation, test;  ///< accuracies in percent
};

/// The trainings of the published `coarse` or `fine` search, in the order in which they ran; none of another
/// one.
std::vector<PublishedTrial> published_search(const std::string& name);

}  // namespace cifar_bn
