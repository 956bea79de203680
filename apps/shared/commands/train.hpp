#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <xgrad/page/live_page.hpp>
#include <xgrad/page/publish.hpp>
#include <xgrad/train/progress.hpp>
#include <xgrad/train/stop_signals.hpp>
#include "shared/commands/options.hpp"
#include "shared/data/data_source.hpp"
#include "shared/jobs/folder_lock.hpp"
#include "shared/jobs/job_folder.hpp"
#include "shared/jobs/receipt.hpp"
#include "shared/models/score.hpp"
#include "shared/models/train_observer.hpp"
#include "shared/processes/world.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>
#include <xgrad/nn/metrics.hpp>

namespace apps {

/// The options of a `train`.
template <class Config>
struct TrainOptions {
    Config config;  ///< Has `seed`, `threads`, `shards`, `validation` and `images`, whatever else.
    std::filesystem::path out;
    std::string data = {};
    xgrad::Checkpointing checkpointing = {};
    std::optional<int> serve = {};
    int patience = 300;  ///< seconds that a process waits for the others
};

/// Adds the options of a `train` that do not depend on what it trains.
template <class Config>
void add_train_options(CLI::App& command, TrainOptions<Config>& options) {
    add_seed_option(command, options.config.seed);
    add_threads_option(command, options.config.threads);
    add_process_options(command, options.config.shards, options.patience);
    add_data_option(command, options.data);
    add_serve_option(command, options.serve);
    add_train_out_option(command, options.out);
    add_checkpoint_options(command, options.checkpointing);
}

/// How well a net does on a part of the data.
struct PartScore {
    const char* name;
    std::size_t images;
    Score score;
};
/// Prints a table of the parts, and the confusion matrix of the test images.
void print_scores(const Split& data, std::initializer_list<PartScore> parts,
                  const xgrad::ConfusionMatrix& confusion);

/// What is seen of a running training: a bar and rows on standard output, and a page that is made anew of the
/// record so far.
template <class Record>
class ShownTraining {
public:
    using PageOf = std::function<xgrad::page::Document(const Record&)>;
    /// @param record  that of no step.
    ShownTraining(std::filesystem::path folder, std::uint64_t steps, Record record, PageOf page_of)
        : folder_(std::move(folder)),
          steps_(steps),
          record_(std::move(record)),
          page_of_(std::move(page_of)) {}

    /// @param resumed  the last step of an earlier run.
    void start(std::uint64_t resumed) {
        display_.emplace(steps_, stdout, resumed);
        page_.emplace(folder_, [this] { return page_of_(record()); });
    }
    void end() { page_->end(); }

    /// After start().
    xgrad::ProgressDisplay& display() { return *display_; }
    /// Calls `change` with the record, which the page's thread does not read meanwhile.
    template <class F>
    void update(F change) {
        const std::scoped_lock lock(mutex_);
        change(record_);
    }

private:
    Record record() const {
        const std::scoped_lock lock(mutex_);
        return record_;
    }

    std::filesystem::path folder_;
    std::uint64_t steps_;
    mutable std::mutex mutex_;  // protects record_
    Record record_;
    PageOf page_of_;
    std::optional<xgrad::ProgressDisplay> display_;
    std::optional<xgrad::page::LivePage> page_;  // its thread reads the members above
};

namespace detail {

template <class Program>
void print_warning(const std::string& warning) {
    fmt::print(stderr, "{}: warning: {}\n", Program::program, warning);
}

// The result of the same training, if it has finished.
template <class Program>
std::optional<typename Program::Result> finished_before(const TrainOptions<typename Program::Config>& options,
                                                        const nlohmann::json& receipt) {
    const auto kept = JobFolder(options.out, receipt)
                          .finished_receipt(options.checkpointing.strict, print_warning<Program>);
    return kept ? Program::finished(options.out, *kept) : std::nullopt;
}

template <class Program>
typename Program::Result train_shown(const TrainOptions<typename Program::Config>& options,
                                     const nlohmann::json& receipt, const Split& data, const World& world) {
    using Record = typename Program::Record;
    ShownTraining<Record> shown(
        options.out, Program::steps(options.config, data), Program::no_record(data),
        [&](const Record& record) { return training_page(options.config, record, data); });
    typename Program::Observer observer;
    observer.on_network = [&](const std::string& network) {
        fmt::print("{}, {} images to train on{}\n{}\n", data.train.name(), data.train.size(),
                   world.size() == 1 ? "" : fmt::format(", {} processes", world.size()), network);
    };
    observer.on_warning = print_warning<Program>;
    observer.on_start = [&](std::uint64_t step) {
        if (options.checkpointing.resume)
            fmt::print("{}\n", step == 0 ? fmt::format("no checkpoint in {}: from the first step on",
                                                       options.out.string())
                                         : fmt::format("resumed after step {}", step));
        shown.start(step);
    };
    Program::observe(observer, options.config, data, shown);
    auto result = run_job(options.out, receipt, options.config, data, observer, options.checkpointing, world);
    shown.end();
    return result;
}

// What a training comes to, in all its processes.
template <class Result>
struct Outcome {
    std::optional<Result> result;  // of a training that has ended
    std::optional<xgrad::Stopped> stopped;  // or why it has not
    bool was_finished = false;  // by an earlier run
};

template <class Program>
Outcome<typename Program::Result> train_in_process(const TrainOptions<typename Program::Config>& options,
                                                   const nlohmann::json& receipt, const Split& data,
                                                   const World& world) {
    Outcome<typename Program::Result> outcome;
    const bool first = world.rank() == 0;
    if (options.checkpointing.resume) {
        if (first) outcome.result = finished_before<Program>(options, receipt);
        std::string finished = outcome.result ? "yes" : "";
        world.processes().broadcast(finished);
        outcome.was_finished = !finished.empty();
        if (outcome.was_finished) return outcome;
    }
    try {
        if (first)
            outcome.result = train_shown<Program>(options, receipt, data, world);
        else
            outcome.result = run_job(options.out, receipt, options.config, data, typename Program::Observer(),
                                     options.checkpointing, world);
    } catch (const xgrad::Stopped& stopped) {
        outcome.stopped = stopped;
    }
    return outcome;
}

}  // namespace detail

/// Trains one net, shows it meanwhile, and prints its result; or only that if the training is finished.
///
/// `Program` says what a training is. Beside what a JobRunner asks of its `Kind`, it has
///
///     using Record = …;    // what a page is made of; Result is one, with `diverged_at`
///     using Observer = …;  // a TrainObserver
///     static constexpr xgrad::NormalizeBy normalize_by;
///     static std::uint64_t steps(const Config&, const Split&);
///     static Record no_record(const Split&);  // that of no step
///     static void observe(Observer&, const Config&, const Split&, ShownTraining<Record>&);
///     static std::string divergence(const Config&, const Result&);  // and what to try
///     static void print(const Result&, const Split&);
///
/// where observe() shows the steps and what follows some of them. `check_config(config)`, `run_job(…)` and
/// `training_page(config, record, data)` are found in the namespace of `Config`.
/// @throws xgrad::ValueError  an option is wrong, or the folder holds another training.
/// @throws xgrad::NumericsError  the training diverged.
/// @throws CLI::RuntimeError  a signal stopped it.
template <class Program>
void run_train(const TrainOptions<typename Program::Config>& options) {
    const auto& config = options.config;
    check_config(config);
    check_checkpoint_options(options.checkpointing);
    xgrad::set_num_threads(config.threads);
    const CheckedData source = open_checked_data(options.data);
    const Split data = split(source.data, config.validation, config.images, Program::normalize_by);
    const xgrad::StopSignals signals;
    TrainOptions<typename Program::Config> with_signals = options;
    with_signals.checkpointing.stop_requested = xgrad::StopSignals::requested;
    const nlohmann::json receipt =
        make_receipt(Program::program, data, source.checksums, Program::options(config));
    std::optional<FolderLock> lock;
    std::unique_ptr<PageServer> server;
    detail::Outcome<typename Program::Result> outcome;
    bool first = true;
    {
        const World world(std::chrono::seconds(options.patience));
        first = world.rank() == 0;
        world.run([&] {
            if (first) {
                lock.emplace(options.out, Program::program);
                server = server_of(options.out, options.serve);
            }
            outcome = detail::train_in_process<Program>(with_signals, receipt, data, world);
        });
    }
    if (outcome.stopped) {
        if (first)
            print_stopped(*outcome.stopped, Program::program, options.out, options.data,
                          options.checkpointing.every);
        end_by_signal();
    }
    if (!first) return;
    const typename Program::Result& result = *outcome.result;
    if (outcome.was_finished) fmt::print("the training in {} is finished\n", options.out.string());
    xgrad::page::publish(training_page(config, result, data), options.out);
    if (result.diverged_at != 0)
        xgrad::fail<xgrad::NumericsError>("train", Program::divergence(config, result));
    Program::print(result, data);
    fmt::print("written: {}/metrics.csv, model.safetensors and config.json\nagain: {}\n",
               options.out.string(), train_command(Program::program, options.out, options.data));
    if (server) server->serve_until_stopped();
}

}  // namespace apps
