#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/commands/options.hpp"
#include "cifar_bn/experiments/plan.hpp"
#include "cifar_bn/experiments/search.hpp"
#include "cifar_bn/experiments/study.hpp"
#include "cifar_bn/report/answer.hpp"
#include "cifar_bn/report/comparison.hpp"
#include "cifar_bn/report/nets.hpp"
#include "cifar_bn/report/sections.hpp"
#include "cifar_bn/report/summary.hpp"
#include "cifar_bn/training/network.hpp"
#include "cifar_bn/training/saved_model.hpp"
#include "shared/data/data_source.hpp"
#include "shared/files/shell.hpp"
#include "shared/page/document.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/data/cifar10.hpp>
#include <xgrad/nn/state.hpp>

namespace cifar_bn {
namespace {

struct ReportOptions {
    StudyOptions study{.out = "results/report"};
    bool quick = false;
};

// The first layer's weights, (units, features), of a finished job.
xgrad::Array<float> first_layer(const TrainConfig& config, const apps::Split& data,
                                const std::filesystem::path& folder) {
    xgrad::Rng rng(config.seed);
    auto net = make_network<float>(data.train.features(), config.hidden, data.train.classes().size(),
                                   config.batch_norm, config.initializer(), rng);
    xgrad::load_state(folder / model_file, net);
    return net.parameters().front().tensor.value();
}

apps::Section best_net(const Study& study, const std::vector<Trials>& all) {
    const JobResult* best = nullptr;
    Job job;
    for (const Trials& trials : all) {
        const std::vector<Job> jobs = jobs_of(trials.experiment, static_cast<int>(trials.results.size()));
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            const JobResult& result = trials.results[i];
            if (best && result.last().validation.accuracy <= best->last().validation.accuracy) continue;
            best = &result;
            job = jobs[i];
        }
    }
    const xgrad::Dataset& train = study.data().train;
    return best_net_section(job.name, *best,
                            first_layer(job.config, study.data(), study.runner().folder(job)),
                            train.classes(), train.image_shape());
}

std::vector<NetCheck> gradient_checks(const Study& study, const NetCheckOptions& options, bool quick) {
    const xgrad::Dataset& train = study.source().train;
    const xgrad::Normalizer normalizer(train);
    std::vector<NetCheck> checks;
    for (const std::size_t images : quick ? std::vector<std::size_t>{2} : std::vector<std::size_t>{2, 10})
        checks.push_back(check_net(options, train, normalizer, images));
    return checks;
}

std::string command_line(const ReportOptions& options) {
    const auto absolute = [](const std::filesystem::path& path) {
        return apps::shell_quoted(std::filesystem::absolute(path).string());
    };
    return fmt::format("cifar_bn report --seeds {} --jobs {}{} --data {} --out {}",
                       options.study.seeds.text(), options.study.jobs, options.quick ? " --quick" : "",
                       absolute(apps::data_folder(options.study.data)), absolute(options.study.out));
}

std::string subtitle() {
    return apps::prose(
        R"(Multi-layer perceptrons with and without batch norm: the report for KTH course DD2424,
        assignment 3, done again with xgrad and set beside the published numbers.)");
}

void run(const ReportOptions& options) {
    check_study(options.study);
    const Seeds& seeds = options.study.seeds;
    const TrainConfig& base = options.study.config;
    const std::vector<SearchRange> ranges{coarse_search(), fine_search()};
    ReportPlan plan(base);
    std::vector<Job> planned = search_jobs(ranges, base);
    for (Job& job : jobs_of(plan.all(), seeds.first())) planned.push_back(std::move(job));

    Study study(options.study, planned);
    const apps::Split& data = study.data();
    const bool comparable = data.train.name() == xgrad::cifar10_name && !options.quick;
    fmt::print("{}: {} training, {} validation and {} test images\n{} trainings, {} at a time\n",
               data.train.name(), data.train.size(), data.validation.size(), data.test.size(), planned.size(),
               options.study.jobs);
    std::fflush(stdout);

    const NetCheckOptions net_check{.threads = options.study.jobs};
    const std::vector<NetCheck> checks = gradient_checks(study, net_check, options.quick);
    const std::vector<Search> searches = run_searches(study.runner(), ranges, base);
    plan.set_lambdas(base, best_lambda(searches), searches.back().best().lambda);
    std::vector<Experiment> experiments = plan.all();
    if (!comparable)
        for (Experiment& experiment : experiments) experiment.published.reset();
    const AllTrials results{run_trials(study.runner(), experiments, seeds)};

    const std::vector<Trials> published = results.of(plan.published());
    const auto least_sigma = [&](bool batch_norm) -> const Trials& {
        return results.of(with_sigma(plan.sensitivity, ReportPlan::least_sigma, batch_norm));
    };
    const Assessments assessments(published);
    std::vector<Effect> effects{
        effect("3 layers", results.of(plan.three_layers[0]), results.of(plan.three_layers[1])),
        effect("9 layers", results.of(plan.nine_layers[0]), results.of(plan.nine_layers[1]))};
    for (std::size_t i = 0; i < plan.sensitivity.size(); i += 2)
        effects.push_back(effect("σ = " + plan.sensitivity[i].config.init, results.of(plan.sensitivity[i]),
                                 results.of(plan.sensitivity[i + 1])));
    const ConcludedNets concluded{least_sigma(false), least_sigma(true), results.of(plan.best_lambda)};
    const std::vector<apps::Section> sections{
        answer_section(effects, comparable ? conclusions(effects, concluded) : std::vector<Conclusion>(),
                       assessments.compared()),
        summary_section(published, assessments, searches, comparable, options.quick),
        gradient_section(checks, net_check, comparable),
        three_layers_section(results.of(plan.three_layers), assessments),
        nine_layers_section(results.of(plan.nine_layers), results.of(plan.nine_layers_he), assessments),
        search_section(searches, data.validation.size(), comparable, results.of(plan.lambdas()), assessments),
        sensitivity_section(results.of(plan.sensitivity), assessments, &results.of(plan.edge_in_float),
                            comparable),
        layers_section(least_sigma(false), least_sigma(true)),
        best_net(study, results.all),
        receipt_section({study.runner().receipt(), seeds, options.study.jobs, study.runner().seconds(),
                         study.seconds(), command_line(options)})};
    print_summary(published);
    study.publish({fmt::format("Batch normalization on {}", data.train.name()), subtitle(), sections});
    for (const NetCheck& check : checks)
        if (!check.judgement.failures.empty())
            xgrad::fail<xgrad::NumericsError>("gradient check", check.judgement.failures.front());
}

}  // namespace

void add_report(CLI::App& app) {
    auto options = std::make_shared<ReportOptions>();
    CLI::App* command = app.add_subcommand(
        "report", "All experiments of the published report, and a page with its tables and figures");
    add_seeds_option(*command, options->study);
    add_study_options(*command, options->study);
    command->add_flag(
        "--quick", options->quick,
        "Fewer steps and images (and --out results/report-quick): shows that all works, in seconds");
    command->callback([options, command] {
        TrainConfig& config = options->study.config;
        config.threads = 1;
        config.layer_images = 2000;
        if (options->quick) {
            config.half_cycle = 50;
            config.images = 2000;
            config.snapshots = 2;
            if (command->count("--out") == 0) options->study.out = "results/report-quick";
        }
        run(*options);
    });
}

}  // namespace cifar_bn
