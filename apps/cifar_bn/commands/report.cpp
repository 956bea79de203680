#include <memory>
#include <mutex>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <xgrad/page/document.hpp>
#include <xgrad/page/prose.hpp>
#include <xgrad/train/progress.hpp>
#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/commands/options.hpp"
#include "cifar_bn/evidence/comparison.hpp"
#include "cifar_bn/evidence/twin.hpp"
#include "cifar_bn/experiments/study.hpp"
#include "cifar_bn/report/nets.hpp"
#include "cifar_bn/report/results.hpp"
#include "cifar_bn/report/summary.hpp"
#include "cifar_bn/training/network.hpp"
#include "shared/commands/options.hpp"
#include "shared/data/data_source.hpp"
#include "shared/models/saved_model.hpp"
#include "shared/report/provenance.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/data/cifar10.hpp>
#include <xgrad/io/write_file.hpp>
#include <xgrad/nn/state.hpp>

namespace cifar_bn {
namespace {

struct ReportOptions {
    StudyOptions study{.out = "results/report"};
    bool quick = false;
    std::filesystem::path twin = "results/twin";
};

// The first layer's weights, (units, features), of a finished job.
xgrad::Array<float> first_layer(const TrainConfig& config, const apps::Split& data,
                                const std::filesystem::path& folder) {
    xgrad::Rng rng(config.seed);
    auto net = make_network<float>(data.train.features(), config.hidden, data.train.classes().size(),
                                   config.batch_norm, config.initializer(), rng);
    xgrad::load_state(folder / apps::model_file, net);
    return net.parameters().front().tensor.value();
}

xgrad::page::Section best_net(const Study& study, const std::vector<Trials>& all) {
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

// What one more seed of all nets costs.
void print_cost(const std::vector<Experiment>& experiments, const apps::Split& data, int at_once) {
    double seconds = 0;
    const double unit = seconds_per_work(data);
    for (const Experiment& experiment : experiments) seconds += unit * work(experiment.config, data);
    fmt::print("each seed: {} trainings, about {:.0f} core seconds, {} on {} cores\n", experiments.size(),
               seconds, xgrad::clock_time(seconds / at_once), at_once);
}

std::string command_line(const ReportOptions& options) {
    return fmt::format("cifar_bn report --seeds {}{} --data {} --out {}", options.study.seeds.text(),
                       options.quick ? " --quick" : "",
                       apps::absolute_quoted(apps::data_folder(options.study.data)),
                       apps::absolute_quoted(options.study.out));
}

std::string subtitle() {
    return xgrad::page::prose(
        R"(Multi-layer perceptrons with and without batch norm: the report for KTH course DD2424,
        assignment 3, done again with xgrad and set beside the published numbers.)");
}

void run(const ReportOptions& options, const apps::World& world) {
    check_study(options.study);
    if (world.rank() != 0) return Study::work(options.study, world);
    const Seeds& seeds = options.study.seeds;
    const TrainConfig& base = options.study.config;
    const std::vector<SearchRange> ranges{coarse_search(), fine_search()};
    Results results{.plan = ReportPlan(base),
                    .net_check = NetCheckOptions{.threads = options.study.spreading.jobs},
                    .quick = options.quick};
    std::vector<Job> known = search_jobs(ranges, base);
    for (Job& job : jobs_of(results.plan.others(), seeds.first())) known.push_back(std::move(job));
    std::vector<Job> planned = known;
    for (Job& job : jobs_of(results.plan.lambdas(), seeds.first())) planned.push_back(std::move(job));

    Study study(options.study, planned, world);
    const auto server = apps::server_of(options.study.out, options.study.serve);
    const apps::Split& data = study.data();
    results.comparable = data.train.name() == xgrad::cifar10_name && !options.quick;
    results.validation_images = data.validation.size();
    if (!results.comparable) results.plan.forget_published();
    std::optional<xgrad::page::Section> twin;  // read now: a file that is something else is an error
    if (results.comparable) twin = twin_section(options.twin);
    fmt::print("{}: {} training, {} validation and {} test images\n{} trainings, {} at a time\n",
               data.train.name(), data.train.size(), data.validation.size(), data.test.size(), planned.size(),
               static_cast<std::size_t>(options.study.spreading.jobs) * world.size());
    print_cost(results.plan.all(), data, options.study.spreading.jobs * static_cast<int>(world.size()));
    std::fflush(stdout);

    const std::string title = fmt::format("Batch normalization on {}", data.train.name());
    std::mutex mutex;  // protects `results`, which the page's thread reads
    const auto page = study.live_page(title, subtitle(), [&] {
        std::unique_lock lock(mutex);
        Results now = results;
        lock.unlock();
        now.trials = trials_so_far(now.plan.all(), study.runner().finished());
        return result_sections(now);
    });
    const auto update = [&](const auto& change) {
        const std::scoped_lock lock(mutex);
        change();
    };
    study.runner().run_part(known);  // some of which do not depend on the searches
    std::vector<NetCheck> checks;
    if (!options.study.spreading.part) checks = gradient_checks(study, results.net_check, options.quick);
    update([&] { results.checks = std::move(checks); });
    std::vector<Search> searches = run_searches(study.runner(), ranges, base);
    update([&] {
        results.plan.set_lambdas(base, best_lambda(searches), searches.back().best().lambda);
        if (!results.comparable) results.plan.forget_published();
        results.searches = std::move(searches);
    });
    std::vector<Trials> trials = run_trials(study.runner(), results.plan.all(), seeds);
    study.runner().end_part();
    update([&] { results.trials = std::move(trials); });

    std::vector<xgrad::page::Section> sections = result_sections(results);
    sections.push_back(best_net(study, results.trials));
    if (twin) sections.push_back(std::move(*twin));
    sections.push_back(checklist_section({study.runner().receipt(), study.runner().builds(), seeds,
                                          study.runner().finished().size(), study.runner().seconds(),
                                          study.seconds(), command_line(options)}));
    print_summary(results.of(results.plan.published()));
    page->end();
    xgrad::write_file(options.study.out / "results.csv", results_csv(results.trials));
    study.publish({title, subtitle(), sections});
    for (const NetCheck& check : results.checks)
        if (!check.judgement.failures.empty())
            xgrad::fail<xgrad::NumericsError>("gradient check", check.judgement.failures.front());
    if (server) server->serve_until_stopped();
}

}  // namespace

void add_report(CLI::App& app) {
    auto options = std::make_shared<ReportOptions>();
    CLI::App* command = app.add_subcommand(
        "report", "All experiments of the published report, and a page with its tables and figures");
    add_seeds_option(*command, options->study);
    add_study_options(*command, options->study);
    command
        ->add_option(
            "--twin", options->twin,
            "Folder where scripts/twin has left PyTorch's results; if it is there, the page has them, too")
        ->type_name("DIR")
        ->capture_default_str();
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
        apps::spread_over_processes(options->study.spreading,
                                    [&](const apps::World& world) { run(*options, world); });
    });
}

}  // namespace cifar_bn
