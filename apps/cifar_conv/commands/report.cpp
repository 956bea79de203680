#include <memory>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <xgrad/page/live_page.hpp>
#include <xgrad/page/publish.hpp>
#include "cifar_conv/commands/commands.hpp"
#include "cifar_conv/commands/options.hpp"
#include "cifar_conv/report/sections.hpp"
#include "cifar_conv/training/saved_model.hpp"
#include "shared/commands/options.hpp"
#include "shared/data/data_source.hpp"
#include "shared/jobs/folder_lock.hpp"
#include "shared/jobs/options.hpp"
#include "shared/report/provenance.hpp"
#include "shared/report/status.hpp"

#include <xgrad/core/parallel.hpp>

namespace cifar_conv {
namespace {

struct ReportOptions {
    Config config{.threads = 1};
    Search search;
    int seeds = 3;
    apps::Spreading spreading;
    std::string data;
    std::filesystem::path out = "results/conv-report";
    std::optional<int> serve;
};

void check(const ReportOptions& options) {
    check_config(options.config);
    apps::expect_count("--seeds", options.seeds);
    apps::check_serve(options.serve, options.spreading);
    check_epochs("--search-epochs", options.search.epochs);
    for (const double rate : options.search.rates) check_learning_rate("--learning-rates", rate);
}

std::string command_line(const ReportOptions& options) {
    const Config& config = options.config;
    return fmt::format(
        "{} report --seeds {} --epochs {} --width {} --batch-size {} --weight-decay {} --label-smoothing {}{} "
        "--validation {} --images {} --learning-rates {} --search-epochs {} --data {} --out {}",
        program, options.seeds, config.epochs, config.width, config.batch_size, config.weight_decay,
        config.label_smoothing, config.augment ? "" : " --no-augment", config.validation, config.images,
        fmt::join(options.search.rates, ","), options.search.epochs,
        apps::absolute_quoted(apps::data_folder(options.data)), apps::absolute_quoted(options.out));
}

xgrad::page::Section provenance_section(const ReportOptions& options, const JobRunner& runner) {
    xgrad::page::Table table{"provenance",
                             "What another would need to do this again, from the receipts of the trainings",
                             {"what", "value"},
                             {{"hardware", apps::processor_name() + "; each training on one thread"},
                              {"cost", fmt::format("{} trainings, {:.0f} core seconds",
                                                   runner.finished().size(), runner.seconds())}}};
    for (auto& row : apps::receipt_rows(runner.receipt(), runner.builds()))
        table.rows.push_back(std::move(row));
    table.rows.push_back({"command", "`" + command_line(options) + "`"});
    return {"provenance", "Provenance", {std::move(table), apps::checksums_table(runner.receipt())}};
}

void run(const ReportOptions& options, const apps::World& world) {
    check(options);
    const apps::CheckedData source = apps::open_checked_data(options.data);
    const apps::Split data =
        apps::split(source.data, options.config.validation, options.config.images, normalize_by);
    if (world.rank() != 0) return JobRunner::work(world, data, source.checksums);
    const apps::FolderLock lock(options.out, program, options.spreading.part.has_value());
    const auto server = apps::server_of(options.out, options.serve);
    apps::JobsDisplay display(stdout);
    JobRunner runner(options.out / "jobs", data, source.checksums, options.spreading, display, world);
    std::vector<Comparison> comparisons = make_comparisons(options.config);
    const std::vector<Job> searches = search_jobs(comparisons, options.search);
    runner.plan(searches);
    runner.plan(seed_jobs(comparisons, options.seeds));

    const xgrad::page::Document title{
        fmt::format("Batch norm in convolutional nets on {}", data.train.name()),
        "By `cifar_conv report`",
        {}};
    const auto sections_of = [&](std::vector<Comparison> now) {
        take_results(now, options.search, runner.finished());
        return std::vector<xgrad::page::Section>{question_section(now, data),
                                                 search_section(now, options.search), effect_section(now),
                                                 curves_section(now)};
    };
    {
        const auto live = [&](const std::vector<Comparison>& now) {
            if (options.spreading.part) return std::unique_ptr<xgrad::page::LivePage>();
            return std::make_unique<xgrad::page::LivePage>(options.out, [&, now] {
                xgrad::page::Document document = title;
                document.sections = sections_of(now);
                document.sections.insert(document.sections.begin(), apps::status_section(display.status()));
                return document;
            });
        };
        auto page = live(comparisons);
        runner.run(searches);
        take_results(comparisons, options.search, runner.finished());
        choose_rates(comparisons);
        if (page) page->end();
        page = live(comparisons);
        runner.run(seed_jobs(comparisons, options.seeds));
        runner.end_part();
        page->end();
    }
    take_results(comparisons, options.search, runner.finished());
    xgrad::set_num_threads(options.spreading.jobs);
    const Best best = best_of(comparisons);
    apps::SavedModel model = open_model(runner.folder(best.job));
    xgrad::page::Document document = title;
    document.sections = sections_of(comparisons);
    document.sections.push_back(best_section(best, model, data.test));
    document.sections.push_back(provenance_section(options, runner));
    xgrad::page::publish(document, options.out);
    if (server) server->serve_until_stopped();
}

}  // namespace

void add_report(CLI::App& app) {
    auto options = std::make_shared<ReportOptions>();
    CLI::App* command = app.add_subcommand(
        "report", "Train both nets without and with batch norm, and make a page about what it adds");
    add_common_options(*command, options->config);
    command->add_option("--seeds", options->seeds, "Train every net with the seeds 1 to N")
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option("--learning-rates", options->search.rates,
                     "Those that are tried for each net, separated by commas")
        ->delimiter(',')
        ->type_name("RATE,...")
        ->capture_default_str();
    command->add_option("--search-epochs", options->search.epochs, "Of the trainings that try them")
        ->capture_default_str();
    apps::add_spreading_options(*command, options->spreading);
    apps::add_data_option(*command, options->data);
    apps::add_serve_option(*command, options->serve);
    command
        ->add_option(
            "--out", options->out,
            "Folder for all results. A training in it is not run again if it has finished with the same options, data and program, and goes on after its last epoch if it has not; one of others is deleted")
        ->type_name("DIR")
        ->capture_default_str();
    command->callback([options] {
        apps::spread_over_processes(options->spreading,
                                    [&](const apps::World& world) { run(*options, world); });
    });
}

}  // namespace cifar_conv
