#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/experiments/search.hpp"
#include "cifar_bn/experiments/study.hpp"
#include "cifar_bn/report/comparison.hpp"
#include "cifar_bn/report/sections.hpp"
#include "cifar_bn/training/network.hpp"
#include "shared/data/data_source.hpp"
#include "shared/page/gnuplot.hpp"

#include <xgrad/nn/state.hpp>

namespace cifar_bn {
namespace {

struct ReportOptions {
    StudyOptions study{.out = "results/report"};
    bool quick = false;
};

// Everything that is trained with several seeds, but for the net with the best lambda.
std::vector<Experiment> experiments(const TrainConfig& base) {
    std::vector<Experiment> all = depth_experiments(base);
    Experiment he = find(all, "9-layers");
    he.name = "9-layers-he";
    he.title += ", He's initialization";
    he.config.init = "he";
    he.published.reset();
    all.push_back(he);

    for (Experiment& experiment : sensitivity_experiments(base, {1e-1, 1e-3, 1e-4}))
        all.push_back(std::move(experiment));
    // Whether this net learns is decided by a hair, so that the precision might matter: in double, as
    // published, and beside it in float.
    Experiment& edge = find(all, "sigma-0.001");
    Experiment in_float = edge;
    edge.config.scalar = "double";
    edge.title += ", double precision";
    in_float.name += "-float";
    in_float.title += ", single precision";
    all.push_back(in_float);
    return all;
}

// The weights (units, features) of the first layer of a finished job.
xgrad::Array<float> first_layer(const TrainConfig& config, const Split& data,
                                const std::filesystem::path& folder) {
    xgrad::Rng rng(config.seed);
    auto net = make_network<float>(data.train.features(), config.hidden, data.train.classes().size(),
                                   config.batch_norm, config.initializer(), rng);
    xgrad::load_state(folder / "model.safetensors", net);
    return net.parameters().front().tensor.value();
}

Section best_net(const Study& study, const std::vector<Trials>& all) {
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

std::vector<GradientCheck> gradient_checks(const Study& study, const GradcheckOptions& options, bool quick) {
    const xgrad::Dataset& train = study.source().train;
    const xgrad::Normalizer normalizer(train);
    std::vector<GradientCheck> checks;
    for (const std::size_t images : quick ? std::vector<std::size_t>{2} : std::vector<std::size_t>{2, 10})
        checks.push_back(check_gradients(options, train, normalizer, images));
    return checks;
}

std::string command_line(const ReportOptions& options) {
    const auto absolute = [](const std::filesystem::path& path) {
        return shell_quoted(std::filesystem::absolute(path).string());
    };
    return fmt::format("cifar_bn report --seeds {} --jobs {}{} --data {} --out {}", options.study.seeds,
                       options.study.jobs, options.quick ? " --quick" : "",
                       absolute(data_folder(options.study.data)), absolute(options.study.out));
}

void run(const ReportOptions& options) {
    check(options.study);
    const int seeds = options.study.seeds;
    const TrainConfig& base = options.study.config;
    const std::vector<SearchRange> ranges{coarse_search(), fine_search()};
    std::vector<Experiment> others = experiments(base);

    std::vector<TrainConfig> planned;
    const auto plan = [&](const std::vector<Job>& jobs) {
        for (const Job& job : jobs) planned.push_back(job.config);
    };
    for (const SearchRange& range : ranges) plan(search_jobs(range, base));
    for (int i = 0; i < 2; ++i)
        plan(
            jobs_of(long_experiment(base, base.lambda, "", ""), seeds));  // as long as with the lambdas found
    for (const Experiment& experiment : others) plan(jobs_of(experiment, seeds));

    Study study(options.study, planned);
    const Split& data = study.data();
    const bool comparable = data.train.name() == "CIFAR-10" && !options.quick;
    fmt::print("{}: {} training, {} validation and {} test images. {} trainings, {} at a time\n",
               data.train.name(), data.train.size(), data.validation.size(), data.test.size(), planned.size(),
               options.study.jobs);
    std::fflush(stdout);

    const GradcheckOptions gradient_options{.threads = options.study.jobs};
    const std::vector<GradientCheck> checks = gradient_checks(study, gradient_options, options.quick);
    const std::vector<Search> searches = run_searches(study.runner(), ranges, base);
    // The longest first, so that no processor waits for them at the end.
    others.insert(others.begin(),
                  {long_experiment(base, best_lambda(searches), "best-lambda", "best neighbours"),
                   long_experiment(base, searches[1].best().lambda, "highest-lambda",
                                   "highest accuracy, as published")});
    if (!comparable)
        for (Experiment& experiment : others) experiment.published.reset();
    const std::vector<Trials> all = run_trials(study.runner(), others, seeds);
    const auto named = [&](const std::vector<std::string>& names) {
        std::vector<Trials> found;
        found.reserve(names.size());
        for (const std::string& name : names) found.push_back(find(all, name));
        return found;
    };

    const std::vector<Trials> sensitivity = named(
        {"sigma-0.1", "sigma-0.1-bn", "sigma-0.001", "sigma-0.001-bn", "sigma-0.0001", "sigma-0.0001-bn"});
    std::vector<Trials> published =
        named({"3-layers", "3-layers-bn", "9-layers", "9-layers-bn", "best-lambda", "highest-lambda"});
    published.insert(published.end(), sensitivity.begin(), sensitivity.end());
    const std::vector<Section> sections{
        summary_section(published, searches, comparable, options.quick),
        gradient_section(checks, gradient_options, comparable),
        three_layers_section(named({"3-layers", "3-layers-bn"})),
        nine_layers_section(named({"9-layers", "9-layers-bn"}), find(all, "9-layers-he")),
        search_section(searches, data.validation.size(), named({"best-lambda", "highest-lambda"})),
        sensitivity_section(sensitivity, &find(all, "sigma-0.001-float"), comparable),
        layers_section(find(all, "sigma-0.0001"), find(all, "sigma-0.0001-bn")),
        best_net(study, all),
        receipt_section({study.runner().receipt(), seeds, options.study.jobs, study.runner().seconds(),
                         study.seconds(), command_line(options)})};
    print_summary(published);
    const auto failed = std::find_if(checks.begin(), checks.end(), [](const GradientCheck& check) {
        return !check.judgement.failures.empty();
    });
    study.publish(
        {fmt::format("Batch normalization on {}", data.train.name()),
         "Multi-layer perceptrons with and without batch norm: the report for KTH course DD2424, assignment 3, done again with xgrad and set beside the published numbers.",
         sections});
    if (failed != checks.end())
        xgrad::fail<xgrad::NumericsError>("gradient check", failed->judgement.failures.front());
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
