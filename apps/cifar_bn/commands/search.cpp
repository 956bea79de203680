#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/commands/options.hpp"
#include "cifar_bn/experiments/search.hpp"
#include "cifar_bn/experiments/study.hpp"
#include "cifar_bn/report/sections.hpp"
#include "shared/commands/options.hpp"

#include <xgrad/data/cifar10.hpp>

namespace cifar_bn {
namespace {

struct SearchOptions {
    StudyOptions study{.out = "results/search"};
    SearchRange range = coarse_search();
};

void run(const SearchOptions& options, const apps::World& world) {
    check_study(options.study);
    if (world.rank() != 0) return Study::work(options.study, world);
    Study study(options.study, search_jobs(options.range, options.study.config), world);
    const auto server = apps::server_of(options.study.out, options.study.serve);
    const std::vector<SearchRange> ranges{options.range};
    const std::string title = fmt::format("A search for λ on {}", study.data().train.name());
    const char* subtitle = "By `cifar_bn search`";
    const bool comparable =
        study.data().train.name() == xgrad::cifar10_name && is_published_setting(options.study.config);
    const auto sections = [&](const std::vector<Search>& searches) {
        std::vector<xgrad::page::Section> found;
        if (!searches.empty())
            found.push_back(search_section(searches, study.data().validation.size(), comparable));
        return found;
    };
    const auto page = study.live_page(title, subtitle, [&] {
        return sections(searches_so_far(ranges, options.study.config, study.runner().finished()));
    });
    const std::vector<Search> searches = run_searches(study.runner(), ranges, options.study.config);
    const double best = best_lambda(searches);  // not always the one with the highest accuracy: see the page
    fmt::print("\n{:>10} {:>10}  {:>7}\n", "lambda", "validation", "test");
    for (const SearchResult& result : searches.front().results)
        fmt::print("{:10.4e} {:8.2f} %  {:5.2f} %{}\n", result.lambda, 100 * result.last.validation.accuracy,
                   100 * result.last.test.accuracy,
                   result.lambda == best                 ? " best"
                   : &result == &searches.front().best() ? " highest"
                                                         : "");
    study.runner().end_part();
    page->end();
    study.publish({title, subtitle, sections(searches)});
    if (server) server->serve_until_stopped();
}

}  // namespace

void add_search(CLI::App& app) {
    auto options = std::make_shared<SearchOptions>();
    CLI::App* command = app.add_subcommand(
        "search", "Train with many values of lambda; the defaults are the report's coarse search");
    // Parsed before the other options, so that they override what it sets.
    command
        ->add_flag_function(
            "--fine", [options](std::int64_t) { options->range = fine_search(); },
            "The report's fine search: 20 random values from 1e-5 to 1e-2")
        ->trigger_on_parse();
    SearchRange& range = options->range;
    command->add_option("--from", range.from, "Lowest lambda")->capture_default_str();
    command->add_option("--to", range.to, "Highest lambda")->capture_default_str();
    command->add_option("--count", range.count, "Values to try")->capture_default_str();
    command
        ->add_option("--spacing", range.spacing,
                     "uniform or log: a grid with both ends; random: uniformly random in log(lambda)")
        ->capture_default_str();
    command->add_option("--search-seed", range.seed, "Of the random values")->capture_default_str();
    add_train_options(*command, options->study.config);
    command->remove_option(command->get_option("--snapshots"));  // each training has one snapshot, at the end
    add_init_option(*command, options->study.config);
    command->add_option("--seed", options->study.config.seed, "Of the weights and of the order of the images")
        ->capture_default_str();
    add_study_options(*command, options->study);
    command->callback([options, command] {
        for (const char* option : {"--from", "--to", "--count", "--spacing"})
            if (command->count(option) > 0) options->range.name = "custom";
        options->study.config.threads = 1;
        apps::spread_over_processes(options->study.spreading,
                                    [&](const apps::World& world) { run(*options, world); });
    });
}

}  // namespace cifar_bn
