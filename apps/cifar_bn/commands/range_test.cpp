#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <xgrad/page/publish.hpp>
#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/commands/options.hpp"
#include "cifar_bn/jobs/runner.hpp"
#include "cifar_bn/report/range_test_page.hpp"
#include "shared/commands/options.hpp"
#include "shared/jobs/folder_lock.hpp"

#include <xgrad/core/parallel.hpp>
#include <xgrad/io/write_file.hpp>

namespace cifar_bn {
namespace {

struct RangeTestOptions {
    TrainConfig config;
    RateRange range;
    std::string data;
    std::filesystem::path out = "results/range-test";
};

void run(const RangeTestOptions& options) {
    check_config(options.config);
    check_rate_range(options.range);
    xgrad::set_num_threads(options.config.threads);
    const apps::Split data =
        apps::split(apps::open_data(options.data), options.config.validation, options.config.images);
    const apps::FolderLock lock(options.out, program);
    const RangeTestRecord record = range_test(options.config, options.range, data);
    const std::vector<xgrad::LrRangePoint>& points = record.test.points;
    fmt::print("{}, {} images to train on: {} of {} steps{}\n", data.train.name(), data.train.size(),
               points.size(), options.range.steps, record.test.diverged ? ", then it diverged" : "");
    if (const auto suggestion = record.test.suggestion())
        fmt::print("suggested: --eta-min {:.2g} --eta-max {:.2g}\n", suggestion->min, suggestion->max);
    else
        fmt::print("no range is suggested: the smoothed loss did not fall\n");
    const std::filesystem::path csv = options.out / "range-test.csv";
    xgrad::write_file(csv, to_csv(record));
    fmt::print("written: {}\n", csv.string());
    xgrad::page::publish(range_test_page(options.config, options.range, record, data), options.out);
}

}  // namespace

void add_range_test(CLI::App& app) {
    auto options = std::make_shared<RangeTestOptions>();
    CLI::App* command = app.add_subcommand(
        "range-test",
        "Find learning rates: train while the rate grows, and draw the loss against it (Smith 2017)");
    RateRange& range = options->range;
    command->add_option("--from", range.from, "Learning rate of the first step")->capture_default_str();
    command->add_option("--to", range.to, "Learning rate of the last step")->capture_default_str();
    command->add_option("--steps", range.steps, "Steps, unless the loss diverges before")
        ->capture_default_str();
    command->add_flag("--linear", range.linear,
                      "Let the rate grow by the same number at each step, not by the same factor");
    add_train_options(*command, options->config);
    for (const char* unused : {"--cycles", "--half-cycle", "--snapshots", "--layer-images"})
        command->remove_option(command->get_option(unused));
    for (const char* mark : {"--eta-min", "--eta-max"})
        command->get_option(mark)->description("A learning rate to mark in the figure");
    add_lambda_option(*command, options->config);
    add_init_option(*command, options->config);
    apps::add_seed_option(*command, options->config.seed);
    apps::add_threads_option(*command, options->config.threads);
    apps::add_data_option(*command, options->data);
    command->add_option("--out", options->out, "Folder for the results")
        ->type_name("DIR")
        ->capture_default_str();
    command->callback([options] { run(*options); });
}

}  // namespace cifar_bn
