#include <xgrad/train/early_stopping.hpp>

#include <utility>

#include <xgrad/core/checks.hpp>
#include <xgrad/optim/detail/metric.hpp>

namespace xgrad {

EarlyStopping::EarlyStopping(const EarlyStoppingOptions& options)
    : options_(options), best_(detail::worst(options.mode)) {
    if (options.patience == 0) fail<ValueError>("EarlyStopping", "patience must be at least 1, got 0");
    detail::check_not_negative("EarlyStopping", "min_delta", options.min_delta);
}

bool EarlyStopping::update(double metric) {
    ++updates_;
    const double by = options_.mode == MetricMode::min ? -options_.min_delta : options_.min_delta;
    if (!detail::is_better(options_.mode, metric, best_ + by)) return false;
    best_ = metric;
    best_update_ = updates_;
    return true;
}

NamedArrays EarlyStopping::state_arrays() const {
    return {{"best", detail::scalar(best_)},
            {"best_update", detail::scalar(best_update_)},
            {"updates", detail::scalar(updates_)}};
}

void EarlyStopping::load_state_arrays(NamedArrays arrays) {
    detail::StateReader reader(std::move(arrays));
    const double best = detail::take_best(reader);
    const std::uint64_t best_update = detail::take_count(reader, "best_update"),
                        updates = detail::take_count(reader, "updates");
    reader.finish("EarlyStopping");
    if (best_update > updates)
        fail<StateError>("EarlyStopping", fmt::format("nothing was loaded: the best update is {} of {}",
                                                      best_update, updates));
    best_ = best;
    best_update_ = best_update;
    updates_ = updates;
}

}  // namespace xgrad
