#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/commands/options.hpp"
#include "cifar_bn/evidence/comparison.hpp"
#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/experiments/study.hpp"
#include "cifar_bn/report/sections.hpp"
#include "shared/commands/options.hpp"

#include <xgrad/data/cifar10.hpp>

namespace cifar_bn {
namespace {

struct SensitivityOptions {
    StudyOptions study{.out = "results/sensitivity"};
    std::vector<double> sigmas{1e-1, 1e-3, 1e-4};
};

void run(const SensitivityOptions& options, const apps::World& world) {
    check_study(options.study);
    if (world.rank() != 0) return Study::work(options.study, world);
    std::vector<Experiment> experiments = sensitivity_experiments(options.study.config, options.sigmas);
    Study study(options.study, jobs_of(experiments, options.study.seeds.first()), world);
    const auto server = apps::server_of(options.study.out, options.study.serve);
    if (study.data().train.name() != xgrad::cifar10_name || !is_published_setting(options.study.config))
        for (Experiment& experiment : experiments) experiment.published.reset();
    const std::string title = fmt::format("Sensitivity to initialization on {}", study.data().train.name());
    const char* subtitle = "By `cifar_bn sensitivity`";
    const auto sections = [](const std::vector<Trials>& trials) {
        return std::vector{sensitivity_section(trials, Assessments(trials))};
    };
    const auto page = study.live_page(
        title, subtitle, [&] { return sections(trials_so_far(experiments, study.runner().finished())); });
    const std::vector<Trials> trials = run_trials(study.runner(), experiments, options.study.seeds);
    print_summary(trials);
    study.runner().end_part();
    page->end();
    study.publish({title, subtitle, sections(trials)});
    if (server) server->serve_until_stopped();
}

}  // namespace

void add_sensitivity(CLI::App& app) {
    auto options = std::make_shared<SensitivityOptions>();
    CLI::App* command = app.add_subcommand(
        "sensitivity", "Train from weights N(0, sigma^2) for several sigma, without and with batch norm");
    command
        ->add_option("--sigmas", options->sigmas, "Standard deviations of all weights, separated by commas")
        ->delimiter(',')
        ->type_name("X,X,...")
        ->capture_default_str();
    add_train_options(*command, options->study.config);
    command->remove_option(command->get_option("--batch-norm"));  // both are trained
    add_lambda_option(*command, options->study.config);
    add_seeds_option(*command, options->study);
    add_study_options(*command, options->study);
    command->callback([options] {
        options->study.config.threads = 1;
        apps::spread_over_processes(options->study.spreading,
                                    [&](const apps::World& world) { run(*options, world); });
    });
}

}  // namespace cifar_bn
