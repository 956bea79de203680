#include "cifar_bn/jobs/runner.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
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

void JobRunner::note(const Job& job, const JobResult& result) {
    const std::scoped_lock lock(mutex_);
    finished_.insert_or_assign(job.name, result);
}

std::map<std::string, JobResult> JobRunner::finished() const {
    const std::scoped_lock lock(mutex_);
    return finished_;
}

void JobRunner::plan(const std::vector<Job>& jobs) {
    std::vector<apps::JobPlan> plans;
    for (const Job& job : jobs)
        if (planned_.insert(job.name).second) plans.push_back(plan_of(job, data_));
    display_.plan(plans);
}

std::vector<JobResult> JobRunner::run(const std::vector<Job>& jobs) {
    plan(jobs);
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
            if (result) note(job, *result);
            return result.has_value();
        };
        const auto train = [this, &job, &result, receipt](const auto& on_step) {
            std::filesystem::remove_all(folder(job));
            TrainObserver observer;
            observer.on_step = [&](const Progress& progress) { on_step(progress.step); };
            result = run_job(folder(job), receipt(), job.config, data_, observer);
            note(job, *result);
            return outcome(result->last());
        };
        tasks.push_back({plan_of(job, data_), reuse, train});
    }
    // The longest ones first, so that no processor is idle for long at the end.
    std::ranges::stable_sort(tasks, std::greater(), [](const apps::Task& task) { return task.plan.work; });
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
