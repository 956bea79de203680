#include "cifar_bn/commands/commands.hpp"

#include <memory>
#include <mutex>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <xgrad/page/live_page.hpp>
#include <xgrad/page/publish.hpp>
#include <xgrad/train/progress.hpp>
#include <xgrad/train/stop_signals.hpp>
#include "cifar_bn/commands/options.hpp"
#include "cifar_bn/jobs/job.hpp"
#include "cifar_bn/jobs/runner.hpp"
#include "cifar_bn/report/training_page.hpp"
#include "shared/commands/options.hpp"
#include "shared/data/data_source.hpp"
#include "shared/jobs/folder_lock.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>

namespace cifar_bn {
namespace {

struct TrainOptions {
    TrainConfig config;
    std::string data;
    std::filesystem::path out = train_folder;
    xgrad::Checkpointing checkpointing;
    std::optional<int> serve;
};

void print_result(const JobResult& result, const apps::Split& data) {
    fmt::print("\n{:<13}{:>7}{:>8}{:>11}\n", data.train.name(), "images", "cost", "accuracy");
    const auto row = [](const char* name, const xgrad::Dataset& part, const Score& score) {
        fmt::print("{:<13}{:>7}{:>8.4f}{:>9.2f} %\n", name, part.size(), score.cost, 100 * score.accuracy);
    };
    row("training", data.train, result.last().train);
    row("validation", data.validation, result.last().validation);
    row("test", data.test, result.last().test);
    fmt::print("\nTest images by class (down: truth, across: prediction)\n{}",
               to_string(result.test_confusion, data.test.classes()));
}

JobResult run_displayed(const TrainOptions& options, const nlohmann::json& receipt, const apps::Split& data) {
    std::unique_ptr<xgrad::ProgressDisplay> display;
    std::mutex mutex;  // protects `record`, which the page's thread reads
    TrainRecord record{{}, xgrad::ConfusionMatrix(data.test.classes().size())};
    std::optional<xgrad::page::LivePage> page;
    TrainObserver observer;
    observer.on_network = [&](const std::string& network) {
        fmt::print("{}, {} images to train on\n{}\n", data.train.name(), data.train.size(), network);
    };
    observer.on_warning = [](const std::string& warning) {
        fmt::print(stderr, "cifar_bn: warning: {}\n", warning);
    };
    observer.on_start = [&](std::uint64_t step) {
        if (options.checkpointing.resume)
            fmt::print("{}\n", step == 0 ? fmt::format("no checkpoint in {}: from the first step on",
                                                       options.out.string())
                                         : fmt::format("resumed after step {}", step));
        display = std::make_unique<xgrad::ProgressDisplay>(options.config.steps(), stdout, step);
        page.emplace(options.out, [&] {
            const TrainRecord now = [&] {
                const std::scoped_lock lock(mutex);
                return record;
            }();
            return training_page(options.config, now, data);
        });
    };
    observer.on_step = [&](const Progress& progress) {
        display->step(progress.step, [&] { return step_details(options.config, progress); });
    };
    observer.on_snapshot = [&](const Snapshot& snapshot) {
        display->row(snapshot.step, snapshot_row(options.config, snapshot));
        const std::scoped_lock lock(mutex);
        record.snapshots.push_back(snapshot);
    };
    xgrad::Checkpointing checkpointing = options.checkpointing;
    checkpointing.stop_requested = xgrad::StopSignals::requested;
    JobResult result = run_job(options.out, receipt, options.config, data, observer, checkpointing);
    if (page) page->end();
    return result;
}

void run(const TrainOptions& options) {
    check_config(options.config);
    const xgrad::Checkpointing& checkpointing = options.checkpointing;
    apps::check_checkpoint_options(checkpointing);
    xgrad::set_num_threads(options.config.threads);
    const apps::CheckedData source = apps::open_checked_data(options.data);
    const apps::Split data = apps::split(source.data, options.config.validation, options.config.images);
    const apps::FolderLock lock(options.out, program);
    const auto server = apps::server_of(options.out, options.serve);
    const xgrad::StopSignals signals;
    const nlohmann::json receipt =
        apps::make_receipt(program, data, source.checksums, to_json(options.config));
    if (checkpointing.resume) {
        if (const auto finished = finished_job(options.out, receipt)) {
            fmt::print("the training in {} is finished\n", options.out.string());
            print_result(*finished, data);
            xgrad::page::publish(training_page(options.config, *finished, data),
                                 options.out);  // it may have been killed before
            if (server) server->serve_until_stopped();
            return;
        }
    }
    const JobResult result = [&] {
        try {
            return run_displayed(options, receipt, data);
        } catch (const xgrad::Stopped& stopped) {
            apps::end_stopped(stopped, program, options.out, options.data, checkpointing.every);
        }
    }();
    xgrad::page::publish(training_page(options.config, result, data), options.out);
    if (result.diverged_at != 0)
        xgrad::fail<xgrad::NumericsError>(
            "train",
            fmt::format(
                "the loss of step {} is not finite any more: try a smaller --eta-max or --lambda, or another --init",
                result.diverged_at));
    print_result(result, data);
    if (result.time.step > 0) fmt::print("\nmedian training step: {:.0f} us\n", 1e6 * result.time.step);
    fmt::print(
        "written: {0}/metrics.csv, model.safetensors and config.json\nagain: cifar_bn train --config {0}/config.json\n",
        options.out.string());
    if (server) server->serve_until_stopped();
}

}  // namespace

void add_train(CLI::App& app) {
    auto options = std::make_shared<TrainOptions>();
    CLI::App* command = app.add_subcommand(
        "train",
        "Train one net and report its accuracy; the defaults are the report's 3-layer net with batch norm");
    TrainConfig& config = options->config;
    apps::add_config_option(*command, [&config](const std::string& file) { config = read_config(file); });
    add_train_options(*command, config);
    add_lambda_option(*command, config);
    add_init_option(*command, config);
    apps::add_seed_option(*command, config.seed);
    apps::add_threads_option(*command, config.threads);
    apps::add_data_option(*command, options->data);
    apps::add_serve_option(*command, options->serve);
    apps::add_train_out_option(*command, options->out);
    apps::add_checkpoint_options(*command, options->checkpointing);
    command->callback([options] { run(*options); });
}

}  // namespace cifar_bn
