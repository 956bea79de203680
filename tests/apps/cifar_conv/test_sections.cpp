#include "cifar_conv/report/sections.hpp"

#include <variant>

#include <doctest/doctest.h>

#include "cifar_conv/report/plots.hpp"

#include <xgrad/core/error.hpp>

using namespace cifar_conv;

namespace {

// Comparisons that ended with these test accuracies, in percent, of the VGG-like net.
std::vector<Comparison> ended_with(const std::vector<double>& without, const std::vector<double>& with) {
    std::vector<Comparison> comparisons = make_comparisons({});
    comparisons.pop_back();
    for (const auto& [trials, accuracies] :
         {std::pair{&comparisons[0].without, without}, {&comparisons[0].with, with}})
        for (const double accuracy : accuracies) {
            const apps::Score score{1, accuracy / 100};
            trials->results.push_back({{{{score, score}}, score, xgrad::ConfusionMatrix(10)}, 60});
        }
    return comparisons;
}

std::string verdict(const std::vector<double>& without, const std::vector<double>& with) {
    const auto section = effect_section(ended_with(without, with));
    return std::get<xgrad::page::Paragraph>(section.blocks.front()).text;
}

}  // namespace

TEST_CASE("effect_section: the difference of each seed, its mean and its interval") {
    const auto section = effect_section(ended_with({80, 81, 82}, {83, 84, 86}));
    const auto& nets = std::get<xgrad::page::Table>(section.blocks[1]);
    CHECK(nets.rows[0] == std::vector<std::string>{"VGG-like, without batch norm", "0.1", "81.00 ± 1.00",
                                                   "81.00 ± 1.00", "60", "0 of 3"});
    // Mean 10/3, deviation 1/sqrt(3), t = 4.3027.
    const auto& effects = std::get<xgrad::page::Table>(section.blocks[2]);
    CHECK(effects.rows[0] ==
          std::vector<std::string>{"VGG-like", "+3.00, +3.00, +4.00", "+3.33", "+1.90 to +4.77"});
}

TEST_CASE("effect_section: the verdict follows from the interval") {
    CHECK(
        verdict({80, 81, 82}, {83, 84, 86})
            .starts_with("The VGG-like net is better with it (+3.33 points, 95 % interval +1.90 to +4.77)."));
    CHECK(verdict({83, 84, 86}, {80, 81, 82}).starts_with("The VGG-like net is worse with it (-3.33 points"));
    CHECK(verdict({80, 81, 82}, {81, 80, 83})
              .starts_with("Of the VGG-like net it cannot be told from these seeds (+0.33 points"));
    CHECK(verdict({80}, {83})
              .starts_with("The VGG-like net has +3.00 points with it, which one seed does not prove."));
}

TEST_CASE("effect_section: without results there is nothing to say") {
    const auto section = effect_section(make_comparisons({}));
    CHECK(section.blocks.size() == 1);
    CHECK(std::get<xgrad::page::Table>(section.blocks[0]).rows.empty());
    CHECK_THROWS_WITH_AS(best_of(make_comparisons({})), "report: no training has finished",
                         xgrad::ValueError);
}

TEST_CASE("take_results, choose_rates, best_of: by the names of the jobs") {
    std::vector<Comparison> comparisons = make_comparisons({});
    const Search search{{0.1, 1}, 1};
    std::map<std::string, JobResult> finished;
    const auto result = [](double accuracy) {
        const apps::Score score{1, accuracy};
        return JobResult{{{{score, score}}, score, xgrad::ConfusionMatrix(10)}, 60};
    };
    for (const Job& job : search_jobs(comparisons, search))
        finished.insert(
            {job.name, result(job.config.batch_norm == (job.config.learning_rate == 1) ? 0.5 : 0.4)});
    CHECK(finished.size() == 8);
    CHECK(finished.contains("search-resnet-bn-0.1"));
    take_results(comparisons, search, finished);
    choose_rates(comparisons);
    CHECK(comparisons[0].with.config.learning_rate == 1);
    CHECK(comparisons[1].without.config.learning_rate == 0.1);

    for (const Job& job : seed_jobs(comparisons, 3))
        if (job.name != "vgg-seed2")
            finished.insert({job.name, result(job.name == "resnet-seed3" ? 0.9 : 0.5)});
    take_results(comparisons, search, finished);
    CHECK(comparisons[0].without.results.size() == 1);  // the third seed waits for the second
    CHECK(comparisons[1].without.results.size() == 3);
    const Best best = best_of(comparisons);
    CHECK(best.job.name == "resnet-seed3");
    CHECK(best.job.config.seed == 3);
    CHECK(best.job.config.learning_rate == 0.1);
}
