#include <functional>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <xgrad/page/publish.hpp>
#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/commands/options.hpp"
#include "cifar_bn/report/beyond_page.hpp"
#include "shared/commands/options.hpp"
#include "shared/jobs/folder_lock.hpp"
#include "shared/jobs/job_folder.hpp"
#include "shared/jobs/job_runner.hpp"
#include "shared/jobs/options.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>

namespace cifar_bn {
namespace {

struct BeyondOptions {
    Recipe recipe;
    std::uint64_t ablation_epochs = 8;
    int seeds = 3;
    apps::Spreading spreading;
    std::size_t validation = 5000;
    std::string data;
    std::filesystem::path out = "results/beyond";
};

void check(const BeyondOptions& options) {
    apps::expect(options.recipe.epochs >= 1, "--epochs", "at least 1, got 0");
    apps::expect(options.recipe.batch_size >= 2, "--batch-size",
                 fmt::format("at least 2, got {}", options.recipe.batch_size));
    apps::expect(options.recipe.width >= 1, "--width", "at least 1, got 0");
    apps::expect_count("--seeds", options.seeds);
}

// The trainings, still without results: the whole recipe; then, if there is an ablation, shorter ones with
// all of it, and without each ingredient.
std::vector<RecipeTrials> planned(const BeyondOptions& options) {
    std::vector<RecipeTrials> all{{"whole", "", options.recipe, {}}};
    if (options.ablation_epochs == 0) return all;
    Recipe brief = options.recipe;
    brief.epochs = options.ablation_epochs;
    all.push_back({"brief", "", brief, {}});
    for (const Ingredient& ingredient : ingredients()) {
        all.push_back({"no-" + ingredient.name, ingredient.without, brief, {}});
        ingredient.leave_out(all.back().recipe);
    }
    return all;
}

// The trainings of a JobRunner.
struct Recipes {
    static constexpr const char* program = cifar_bn::program;
    using Config = Recipe;
    using Result = RecipeResult;
    static nlohmann::json options(const Recipe& recipe) { return recipe; }
    static Recipe config(const nlohmann::json& options) { return options.get<Recipe>(); }
    static apps::JobPlan plan(const apps::Job<Recipe>& job, const apps::Split& data) {
        const std::uint64_t steps = steps_of(job.config, data);
        return {job.name, steps, static_cast<double>(steps) * static_cast<double>(job.config.width + 50)};
    }
    static std::optional<RecipeResult> finished(const std::filesystem::path& folder,
                                                const nlohmann::json& receipt) {
        const apps::JobFolder job(folder, receipt);
        if (!job.is_finished({})) return std::nullopt;
        return job.read(apps::JobFolder::result_file,
                        [](const std::string& text) { return apps::parse_json(text).get<RecipeResult>(); });
    }
    static RecipeResult run(const std::filesystem::path& folder, const nlohmann::json& receipt,
                            const Recipe& recipe, const apps::Split& data,
                            const std::function<void(std::uint64_t)>& on_step) {
        const apps::JobFolder job(folder, receipt);
        job.begin(false);
        RecipeResult result = train_recipe(recipe, data, on_step);
        job.finish({result.seconds, 0}, nlohmann::json(result).dump(2) + "\n");
        return result;
    }
    static std::vector<xgrad::LinePart> outcome(const RecipeResult& result) {
        return {{fmt::format("validation {:5.2f} %", 100 * result.validation.back()), 5},
                {fmt::format("test {:5.2f} %", 100 * result.test), 2}};
    }
    static double seconds(const RecipeResult& result) { return result.seconds; }
};

void run(const BeyondOptions& options, const apps::World& world) {
    check(options);
    const apps::CheckedData source = apps::open_checked_data(options.data);
    const apps::Split data = apps::split(source.data, options.validation);
    if (world.rank() != 0) return apps::JobRunner<Recipes>::work(world, data, source.checksums);
    const apps::FolderLock lock(options.out, program, options.spreading.part.has_value());
    std::vector<RecipeTrials> trials = planned(options);
    std::vector<apps::Job<Recipe>> jobs;
    for (const RecipeTrials& group : trials)
        for (int seed = 1; seed <= options.seeds; ++seed) {
            jobs.push_back({fmt::format("{}-seed{}", group.name, seed), group.recipe});
            jobs.back().config.seed = static_cast<std::uint64_t>(seed);
        }
    apps::JobsDisplay display(stdout);
    apps::JobRunner<Recipes> runner(options.out / "jobs", data, source.checksums, options.spreading, display,
                                    world);
    const std::vector<RecipeResult> results = runner.run(jobs);
    runner.end_part();
    auto result = results.begin();
    for (RecipeTrials& group : trials) {
        group.results.assign(result, result + options.seeds);
        result += options.seeds;
    }
    const std::vector<RecipeTrials> ablation(trials.begin() + 1, trials.end());
    xgrad::set_num_threads(options.spreading.jobs);
    xgrad::page::publish({fmt::format("A multi-layer perceptron on {}", data.train.name()),
                          "By `cifar_bn beyond`",
                          {beyond_section(trials.front(), ablation, data)}},
                         options.out);
}

}  // namespace

void add_beyond(CLI::App& app) {
    auto options = std::make_shared<BeyondOptions>();
    CLI::App* command = app.add_subcommand(
        "beyond", "Train a wide net with today's means, and measure what each of them adds");
    command->add_option("--epochs", options->recipe.epochs, "Of the whole recipe")->capture_default_str();
    command
        ->add_option("--ablation-epochs", options->ablation_epochs,
                     "Of the trainings that leave out one ingredient each; 0: none")
        ->capture_default_str();
    command->add_option("--width", options->recipe.width, "Units in each of the three hidden layers")
        ->capture_default_str();
    command->add_option("--batch-size", options->recipe.batch_size, "Images in a batch")
        ->capture_default_str();
    command->add_option("--seeds", options->seeds, "How many trainings of each kind")->capture_default_str();
    apps::add_spreading_options(*command, options->spreading);
    command->add_option("--validation", options->validation, "Images left out of the training, to choose by")
        ->capture_default_str();
    apps::add_data_option(*command, options->data);
    command
        ->add_option("--out", options->out, "Folder for the results; what is finished there is not run again")
        ->type_name("DIR")
        ->capture_default_str();
    command->callback([options] {
        apps::spread_over_processes(options->spreading,
                                    [&](const apps::World& world) { run(*options, world); });
    });
}

}  // namespace cifar_bn
