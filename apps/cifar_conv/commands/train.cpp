#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cifar_conv/commands/commands.hpp"
#include "cifar_conv/commands/options.hpp"
#include "cifar_conv/jobs/job.hpp"
#include "cifar_conv/report/training_page.hpp"
#include "shared/commands/train.hpp"

namespace cifar_conv {
namespace {

std::vector<xgrad::TableCell> epoch_row(const Config& config, const Record& record) {
    const auto& [train, validation] = record.epochs.back();
    const auto percent = [](double accuracy) { return fmt::format("{:.2f} %", 100 * accuracy); };
    return {{"epoch", fmt::format("{:>2}/{}", record.epochs.size(), config.epochs), 0},
            {"train cost", fmt::format("{:.4f}", train.cost), 6},
            {"val. cost", fmt::format("{:.4f}", validation.cost), 5},
            {"train acc.", percent(train.accuracy), 4},
            {"val. acc.", percent(validation.accuracy), 1}};
}

// For run_train().
struct TrainCommand : Trainings {
    using Record = cifar_conv::Record;
    using Observer = TrainObserver;
    static constexpr auto normalize_by = cifar_conv::normalize_by;

    static std::uint64_t steps(const Config& config, const apps::Split& data) {
        return config.epochs * steps_per_epoch(config, data);
    }
    static Record no_record(const apps::Split& data) {
        return {{}, {}, xgrad::ConfusionMatrix(data.test.classes().size())};
    }
    static void observe(Observer& observer, const Config& config, const apps::Split& data,
                        apps::ShownTraining<Record>& shown) {
        const std::uint64_t per_epoch = steps_per_epoch(config, data);
        observer.on_step = [&, per_epoch](std::uint64_t step, double loss, double learning_rate) {
            shown.display().step(step, [&]() -> std::vector<xgrad::LinePart> {
                return {{fmt::format("epoch {}/{}", (step - 1) / per_epoch + 1, config.epochs), 3},
                        {fmt::format("lr {:.2e}", learning_rate), 6},
                        {fmt::format("batch loss {:.4f}", loss), 4}};
            });
        };
        observer.on_epoch = [&, per_epoch](const Record& now) {
            shown.display().row(now.epochs.size() * per_epoch, epoch_row(config, now));
            shown.update([&](Record& record) { record = now; });
        };
    }
    static std::string divergence(const Config& config, const JobResult& result) {
        return fmt::format("the cost is not finite any more after step {}: try a smaller --learning-rate{}",
                           result.diverged_at, config.batch_norm ? "" : ", or --batch-norm");
    }
    static void print(const JobResult& result, const apps::Split& data) {
        const auto& [train, validation] = result.epochs.back();
        apps::print_scores(data,
                           {{"training", std::min(data.train.size(), data.validation.size()), train},
                            {"validation", data.validation.size(), validation},
                            {"test", data.test.size(), result.test}},
                           result.test_confusion);
        fmt::print("\n{:.0f} seconds\n", result.seconds);
    }
};

}  // namespace

void add_train(CLI::App& app) {
    auto options = std::make_shared<apps::TrainOptions<Config>>(
        apps::TrainOptions<Config>{.config = {}, .out = train_folder});
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
    apps::add_train_options(*command, *options);
    command->callback([options] { apps::run_train<TrainCommand>(*options); });
}

}  // namespace cifar_conv
