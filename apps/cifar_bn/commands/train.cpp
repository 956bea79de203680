#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/commands/options.hpp"
#include "cifar_bn/jobs/job.hpp"
#include "cifar_bn/jobs/runner.hpp"
#include "cifar_bn/report/training_page.hpp"
#include "shared/commands/train.hpp"

namespace cifar_bn {
namespace {

// For run_train().
struct TrainCommand : Trainings {
    using Record = TrainRecord;
    using Observer = TrainObserver;
    static constexpr auto normalize_by = xgrad::NormalizeBy::feature;

    static std::uint64_t steps(const TrainConfig& config, const apps::Split&) { return config.steps(); }
    static Record no_record(const apps::Split& data) {
        return {{}, xgrad::ConfusionMatrix(data.test.classes().size())};
    }
    static void observe(Observer& observer, const TrainConfig& config, const apps::Split&,
                        apps::ShownTraining<Record>& shown) {
        observer.on_step = [&](const Progress& progress) {
            shown.display().step(progress.step, [&] { return step_details(config, progress); });
        };
        observer.on_snapshot = [&](const Snapshot& snapshot) {
            shown.display().row(snapshot.step, snapshot_row(config, snapshot));
            shown.update([&](Record& record) { record.snapshots.push_back(snapshot); });
        };
    }
    static std::string divergence(const TrainConfig&, const JobResult& result) {
        return fmt::format(
            "the loss of step {} is not finite any more: try a smaller --eta-max or --lambda, or another --init",
            result.diverged_at);
    }
    static void print(const JobResult& result, const apps::Split& data) {
        apps::print_scores(data,
                           {{"training", data.train.size(), result.last().train},
                            {"validation", data.validation.size(), result.last().validation},
                            {"test", data.test.size(), result.last().test}},
                           result.test_confusion);
        if (result.time.step > 0) fmt::print("\nmedian training step: {:.0f} us\n", 1e6 * result.time.step);
    }
};

}  // namespace

void add_train(CLI::App& app) {
    auto options = std::make_shared<apps::TrainOptions<TrainConfig>>(
        apps::TrainOptions<TrainConfig>{.config = {}, .out = train_folder});
    CLI::App* command = app.add_subcommand(
        "train",
        "Train one net and report its accuracy; the defaults are the report's 3-layer net with batch norm");
    TrainConfig& config = options->config;
    apps::add_config_option(*command, [&config](const std::string& file) { config = read_config(file); });
    add_train_options(*command, config);
    add_lambda_option(*command, config);
    add_init_option(*command, config);
    apps::add_train_options(*command, *options);
    command->callback([options] { apps::run_train<TrainCommand>(*options); });
}

}  // namespace cifar_bn
