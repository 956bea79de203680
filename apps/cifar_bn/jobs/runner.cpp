#include "cifar_bn/jobs/runner.hpp"

#include <chrono>

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

double seconds_per_work(const apps::Split& data) {
    const TrainConfig brief{.cycles = 1, .half_cycle = 100, .threads = 1, .snapshots = 0};
    xgrad::set_num_threads(1);
    const auto start = std::chrono::steady_clock::now();
    train(brief, data, {});
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    return seconds.count() / work(brief, data);
}

std::vector<xgrad::LinePart> step_details(const TrainConfig& config, const Progress& progress) {
    const std::uint64_t cycle = (progress.step - 1) / (2 * config.half_cycle) + 1;
    return {{fmt::format("cycle {}/{}", cycle, config.cycles), 5},
            {fmt::format("step {}/{}", progress.step, config.steps()), 3},
            {fmt::format("lr {:.2e}", progress.learning_rate), 6},
            {fmt::format("batch loss {:.4f}", progress.batch_loss), 4}};
}

std::vector<xgrad::TableCell> snapshot_row(const TrainConfig& config, const Snapshot& snapshot) {
    const auto cost = [](const Score& score) { return fmt::format("{:.4f}", score.cost); };
    const auto percent = [](const Score& score) { return fmt::format("{:.2f} %", 100 * score.accuracy); };
    return {{"cycle", fmt::format("{}/{}", snapshot.cycle, config.cycles), 7},
            {"step", fmt::format("{:>{}}", snapshot.step, std::to_string(config.steps()).size()), 0},
            {"lr", fmt::format("{:.2e}", snapshot.learning_rate), 8},
            {"train cost", cost(snapshot.train), 6},
            {"val. cost", cost(snapshot.validation), 5},
            {"train acc.", percent(snapshot.train), 4},
            {"val. acc.", percent(snapshot.validation), 2},
            {"test acc.", percent(snapshot.test), 1}};
}

std::vector<xgrad::LinePart> outcome(const Snapshot& last) {
    return {{fmt::format("validation {:5.2f} %", 100 * last.validation.accuracy), 5},
            {fmt::format("test {:5.2f} %", 100 * last.test.accuracy), 2}};
}

JobResult Trainings::run(const std::filesystem::path& folder, const nlohmann::json& receipt,
                         const TrainConfig& config, const apps::Split& data,
                         const std::function<void(std::uint64_t)>& on_step) {
    std::filesystem::remove_all(folder);
    TrainObserver observer;
    observer.on_step = [&](const Progress& progress) { on_step(progress.step); };
    return run_job(folder, receipt, config, data, observer);
}

}  // namespace cifar_bn
