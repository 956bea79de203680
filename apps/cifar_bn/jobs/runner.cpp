#include "cifar_bn/jobs/runner.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "shared/jobs/tasks.hpp"

#include <xgrad/core/error.hpp>

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

apps::JobPlan plan_of(const Job& job, const apps::Split& data) {
    return {job.name, job.config.steps(), work(job.config, data)};
}

JobRunner::JobRunner(std::filesystem::path folder, const apps::Split& data,
                     const std::map<std::string, std::string>& checksums, int at_once,
                     apps::JobsDisplay& display)
    : folder_(std::move(folder)),
      data_(data),
      receipt_(apps::make_receipt(program, data, checksums)),
      at_once_(at_once),
      display_(display) {
    if (at_once < 1)
        xgrad::fail<xgrad::ValueError>("--jobs", fmt::format("expected at least 1, got {}", at_once));
}

std::vector<JobResult> JobRunner::run(const std::vector<Job>& jobs) {
    std::vector<std::optional<JobResult>> results(jobs.size());
    std::vector<apps::Task> tasks;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const Job& job = jobs[i];
        std::optional<JobResult>& result = results[i];
        const auto receipt = [this, &job] {
            apps::Receipt of_job = receipt_;
            of_job.options = to_json(job.config);
            return nlohmann::json(of_job);
        };
        const auto reuse = [this, &job, &result, receipt] {
            result = finished_job(folder(job), receipt());
            return result.has_value();
        };
        const auto train = [this, &job, &result, receipt](const auto& on_step) {
            std::filesystem::remove_all(folder(job));
            TrainObserver observer;
            observer.on_step = [&](const Progress& progress) { on_step(progress.step); };
            result = run_job(folder(job), receipt(), job.config, data_, observer);
            return outcome(result->last());
        };
        tasks.push_back({plan_of(job, data_), reuse, train});
    }
    run_tasks(tasks, at_once_, display_);

    std::vector<JobResult> complete;
    complete.reserve(results.size());
    for (auto& result : results) {
        seconds_ += result->time.total;
        complete.push_back(std::move(*result));  // NOLINT(bugprone-unchecked-optional-access): all have run
    }
    return complete;
}

}  // namespace cifar_bn
