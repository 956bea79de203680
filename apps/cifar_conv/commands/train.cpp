#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <xgrad/page/live_page.hpp>
#include <xgrad/page/publish.hpp>
#include <xgrad/train/progress.hpp>
#include <xgrad/train/stop_signals.hpp>
#include "cifar_conv/commands/commands.hpp"
#include "cifar_conv/commands/options.hpp"
#include "cifar_conv/jobs/job.hpp"
#include "cifar_conv/report/training_page.hpp"
#include "shared/commands/options.hpp"
#include "shared/data/data_source.hpp"
#include "shared/jobs/folder_lock.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>

namespace cifar_conv {
namespace {

struct TrainOptions {
    Config config;
    std::string data;
    std::filesystem::path out = train_folder;
    xgrad::Checkpointing checkpointing;
    std::optional<int> serve;
};

void print_result(const JobResult& result, const apps::Split& data) {
    const auto row = [](const char* name, std::size_t images, const apps::Score& score) {
        fmt::print("{:<13}{:>7}{:>8.4f}{:>9.2f} %\n", name, images, score.cost, 100 * score.accuracy);
    };
    const auto& [train, validation] = result.epochs.back();
    fmt::print("\n{:<13}{:>7}{:>8}{:>11}\n", data.train.name(), "images", "cost", "accuracy");
    row("training", std::min(data.train.size(), data.validation.size()), train);
    row("validation", data.validation.size(), validation);
    row("test", data.test.size(), result.test);
    fmt::print("\nTest images by class (down: truth, across: prediction)\n{}",
               to_string(result.test_confusion, data.test.classes()));
}

std::vector<xgrad::TableCell> epoch_row(const Config& config, const Record& record) {
    const auto& [train, validation] = record.epochs.back();
    const auto percent = [](double accuracy) { return fmt::format("{:.2f} %", 100 * accuracy); };
    return {{"epoch", fmt::format("{:>2}/{}", record.epochs.size(), config.epochs), 0},
            {"train cost", fmt::format("{:.4f}", train.cost), 6},
            {"val. cost", fmt::format("{:.4f}", validation.cost), 5},
            {"train acc.", percent(train.accuracy), 4},
            {"val. acc.", percent(validation.accuracy), 1}};
}

JobResult run_displayed(const TrainOptions& options, const nlohmann::json& receipt, const apps::Split& data) {
    const Config& config = options.config;
    const std::uint64_t per_epoch = steps_per_epoch(config, data);
    std::unique_ptr<xgrad::ProgressDisplay> display;
    std::mutex mutex;  // protects `record`, which the page's thread reads
    Record record{{}, {}, xgrad::ConfusionMatrix(data.test.classes().size())};
    std::optional<xgrad::page::LivePage> page;
    std::uint64_t last_step = 0;
    TrainObserver observer;
    observer.on_network = [&](const std::string& network) {
        fmt::print("{}, {} images to train on\n{}\n", data.train.name(), data.train.size(), network);
    };
    observer.on_warning = [](const std::string& warning) {
        fmt::print(stderr, "{}: warning: {}\n", program, warning);
    };
    observer.on_start = [&](std::uint64_t step) {
        if (options.checkpointing.resume)
            fmt::print("{}\n", step == 0 ? fmt::format("no checkpoint in {}: from the first step on",
                                                       options.out.string())
                                         : fmt::format("resumed after step {}", step));
        last_step = step;
        display = std::make_unique<xgrad::ProgressDisplay>(config.epochs * per_epoch, stdout, step);
        page.emplace(options.out, [&] {
            const Record now = [&] {
                const std::scoped_lock lock(mutex);
                return record;
            }();
            return training_page(config, now, data);
        });
    };
    observer.on_step = [&](std::uint64_t step, double loss, double learning_rate) {
        last_step = step;
        display->step(step, [&]() -> std::vector<xgrad::LinePart> {
            return {{fmt::format("epoch {}/{}", (step - 1) / per_epoch + 1, config.epochs), 3},
                    {fmt::format("lr {:.2e}", learning_rate), 6},
                    {fmt::format("batch loss {:.4f}", loss), 4}};
        });
    };
    observer.on_epoch = [&](const Record& now) {
        display->row(last_step, epoch_row(config, now));
        const std::scoped_lock lock(mutex);
        record = now;
    };
    xgrad::Checkpointing checkpointing = options.checkpointing;
    checkpointing.stop_requested = xgrad::StopSignals::requested;
    JobResult result = run_job(options.out, receipt, config, data, observer, checkpointing);
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
    std::optional<JobResult> result;
    if (checkpointing.resume) result = finished_job(options.out, receipt);
    if (result) {
        fmt::print("the training in {} is finished\n", options.out.string());
    } else {
        try {
            result = run_displayed(options, receipt, data);
        } catch (const xgrad::Stopped& stopped) {
            apps::end_stopped(stopped, program, options.out, options.data, checkpointing.every);
        }
    }
    xgrad::page::publish(training_page(options.config, *result, data), options.out);
    if (result->diverged_at != 0)
        xgrad::fail<xgrad::NumericsError>(
            "train",
            fmt::format("the cost is not finite any more after step {}: try a smaller --learning-rate{}",
                        result->diverged_at, options.config.batch_norm ? "" : ", or --batch-norm"));
    print_result(*result, data);
    fmt::print(
        "\n{1:.0f} seconds\nwritten: {0}/metrics.csv, model.safetensors and config.json\nagain: {2} train --config {0}/config.json\n",
        options.out.string(), result->seconds, program);
    if (server) server->serve_until_stopped();
}

}  // namespace

void add_train(CLI::App& app) {
    auto options = std::make_shared<TrainOptions>();
    CLI::App* command = app.add_subcommand("train", "Train one net and report its accuracy");
    Config& config = options->config;
    apps::add_config_option(*command, [&config](const std::string& file) { config = read_config(file); });
    command->add_option("--net", config.net, "vgg or resnet")->capture_default_str();
    command->add_flag("--batch-norm,!--no-batch-norm", config.batch_norm,
                      "Batch norm after every convolution (default: on)");
    command
        ->add_option("--learning-rate", config.learning_rate,
                     "The highest one: it rises in three tenths of the steps, then falls almost to 0")
        ->capture_default_str();
    add_common_options(*command, config);
    apps::add_seed_option(*command, config.seed);
    apps::add_threads_option(*command, config.threads);
    apps::add_data_option(*command, options->data);
    apps::add_serve_option(*command, options->serve);
    apps::add_train_out_option(*command, options->out);
    apps::add_checkpoint_options(*command, options->checkpointing);
    command->callback([options] { run(*options); });
}

}  // namespace cifar_conv
