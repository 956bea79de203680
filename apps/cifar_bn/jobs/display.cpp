#include "cifar_bn/jobs/display.hpp"

#include <fmt/format.h>

namespace cifar_bn {

double work(const TrainConfig& config, const apps::Split& data) {
    double forward = 0;  // multiplications per image
    std::size_t in = data.train.features();
    for (const std::size_t out : config.hidden) {
        forward += static_cast<double>(in * out);
        in = out;
    }
    forward += static_cast<double>(in * data.train.classes().size());
    const double trained = static_cast<double>(config.steps() * config.batch_size);
    const double evaluated = static_cast<double>(
        config.snapshot_steps().size() * (data.train.size() + data.validation.size() + data.test.size()));
    // Trained images count twice: the forward pass, and the gradients of the weights.
    return forward * (2 * trained + evaluated) * (config.is_double() ? 2 : 1);
}

std::string step_details(const TrainConfig& config, const Progress& progress) {
    return fmt::format("cycle {}/{}  step {}/{}  lr {:.2e}  batch loss {:.4f}",
                       (progress.step - 1) / (2 * config.half_cycle) + 1, config.cycles, progress.step,
                       config.steps(), progress.learning_rate, progress.batch_loss);
}

std::string snapshot_line(const TrainConfig& config, const Snapshot& snapshot) {
    return fmt::format(
        "cycle {}/{}  step {:>{}}/{}  lr {:.2e}  cost: train {:.4f}  validation {:.4f}  accuracy: train {:5.2f} %  validation {:5.2f} %  test {:5.2f} %",
        snapshot.cycle, config.cycles, snapshot.step, std::to_string(config.steps()).size(), config.steps(),
        snapshot.learning_rate, snapshot.train.cost, snapshot.validation.cost, 100 * snapshot.train.accuracy,
        100 * snapshot.validation.accuracy, 100 * snapshot.test.accuracy);
}

std::string outcome(const Snapshot& last) {
    return fmt::format("validation {:5.2f} %  test {:5.2f} %", 100 * last.validation.accuracy,
                       100 * last.test.accuracy);
}

}  // namespace cifar_bn
