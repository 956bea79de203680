#include <xgrad/optim/reduce_on_plateau.hpp>

#include <algorithm>
#include <utility>

#include <xgrad/core/checks.hpp>
#include <xgrad/optim/detail/metric.hpp>

namespace xgrad {

ReduceOnPlateau::ReduceOnPlateau(const PlateauOptions& options)
    : options_(options), learning_rate_(options.learning_rate), best_(detail::worst(options.mode)) {
    const auto check = [](const char* name, double value) {
        detail::check_not_negative("ReduceOnPlateau", name, value);
    };
    check("learning_rate", options.learning_rate);
    detail::check_below_one("ReduceOnPlateau", "factor", options.factor);
    check("threshold", options.threshold);
    check("min_learning_rate", options.min_learning_rate);
    check("epsilon", options.epsilon);
}

double ReduceOnPlateau::update(double metric) {
    const double by = options_.mode == MetricMode::min ? -options_.threshold : options_.threshold;
    const double bound = options_.threshold_mode == ThresholdMode::rel ? best_ * (1 + by) : best_ + by;
    ++num_bad_epochs_;
    if (detail::is_better(options_.mode, metric, bound)) {
        best_ = metric;
        num_bad_epochs_ = 0;
    }
    if (cooldown_counter_ > 0) {
        --cooldown_counter_;
        num_bad_epochs_ = 0;
    }
    if (num_bad_epochs_ > options_.patience) {
        const double lower = std::max(learning_rate_ * options_.factor, options_.min_learning_rate);
        if (learning_rate_ - lower > options_.epsilon) learning_rate_ = lower;
        cooldown_counter_ = options_.cooldown;
        num_bad_epochs_ = 0;
    }
    return learning_rate_;
}

NamedArrays ReduceOnPlateau::state_arrays() const {
    return {{"learning_rate", detail::scalar(learning_rate_)},
            {"best", detail::scalar(best_)},
            {"num_bad_epochs", detail::scalar(num_bad_epochs_)},
            {"cooldown_counter", detail::scalar(cooldown_counter_)}};
}

void ReduceOnPlateau::load_state_arrays(NamedArrays arrays) {
    detail::StateReader reader(std::move(arrays));
    const auto learning_rate = reader.take_number<double>("learning_rate");
    const double best = detail::take_best(reader);
    const std::uint64_t bad = detail::take_count(reader, "num_bad_epochs"),
                        cooldown = detail::take_count(reader, "cooldown_counter");
    reader.finish("ReduceOnPlateau");
    learning_rate_ = learning_rate;
    best_ = best;
    num_bad_epochs_ = bad;
    cooldown_counter_ = cooldown;
}

}  // namespace xgrad
