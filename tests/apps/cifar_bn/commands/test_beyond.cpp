#include <filesystem>

#include <doctest/doctest.h>

#include "apps/run_command.hpp"
#include "apps/small_data.hpp"
#include "cifar_bn/training/recipe.hpp"

#include <xgrad/core/error.hpp>

using xgrad::test::contains;
using xgrad::test::output_of;
using xgrad::test::read_file;
using xgrad::test::run_command;
using xgrad::test::TempDir;
using xgrad::test::write_small_data;

namespace {

const std::string small = "beyond --epochs 2 --ablation-epochs 1 --width 8 --batch-size 20 --validation 50 ";

}  // namespace

TEST_CASE(
    "cifar_bn beyond: trains the recipe and without each ingredient, and goes on where it was interrupted") {
    const TempDir dir;
    const std::string command =
        small + "--seeds 2 --data " + write_small_data(dir) + " --out " + dir.file("out");
    CHECK(contains(output_of(command), "18 of 18 trainings"));
    const std::string page = read_file(dir.file("out/report.md"));
    CHECK(contains(page, "# A multi-layer perceptron on small\n"));
    CHECK(contains(page, "Three hidden layers of 8 units"));
    CHECK(contains(page, "trained on 550 images for 2 epochs"));
    CHECK(contains(page, "\n| all of it | "));
    for (const cifar_bn::Ingredient& ingredient : cifar_bn::ingredients()) {
        CHECK(contains(page, "\n| " + ingredient.without + " | "));
        for (const char* seed : {"-seed1", "-seed2"})
            CHECK(
                std::filesystem::exists(dir.file("out/jobs/no-" + ingredient.name + seed + "/result.json")));
    }
    CHECK(contains(page, "(figures/beyond.svg)"));
    CHECK(std::filesystem::exists(dir.file("out/figures/beyond.png")));

    // What is missing is trained again, to the same result, and nothing else.
    const std::string lost = dir.file("out/jobs/no-dropout-seed2/result.json");
    const auto accuracies = [&] {
        return nlohmann::json::parse(read_file(lost)).get<cifar_bn::RecipeResult>();
    };
    const cifar_bn::RecipeResult before = accuracies();
    CHECK(before.validation.size() == 10);
    std::filesystem::remove(lost);
    const auto kept = std::filesystem::last_write_time(dir.file("out/jobs/whole-seed1/result.json"));
    run_command(command);
    CHECK(accuracies().validation == before.validation);
    CHECK(accuracies().test == before.test);
    CHECK(std::filesystem::last_write_time(dir.file("out/jobs/whole-seed1/result.json")) == kept);
    CHECK(read_file(dir.file("out/jobs/whole-seed1/config.json")) !=
          read_file(dir.file("out/jobs/whole-seed2/config.json")));
}

TEST_CASE("cifar_bn beyond: each ingredient that is left out changes the training") {
    const TempDir dir;
    const xgrad::TrainTest data = apps::open_data(write_small_data(dir));
    const apps::Split split = apps::split(data, 50);
    const cifar_bn::Recipe recipe{.width = 8, .batch_size = 20, .epochs = 1};
    const auto train = [&](const cifar_bn::Recipe& changed) {
        return cifar_bn::train_recipe(changed, split, [](std::uint64_t) {});
    };
    const cifar_bn::RecipeResult all = train(recipe);
    CHECK(train(recipe).loss == all.loss);
    for (const cifar_bn::Ingredient& ingredient : cifar_bn::ingredients()) {
        CAPTURE(ingredient.name);
        cifar_bn::Recipe changed = recipe;
        ingredient.leave_out(changed);
        CHECK(nlohmann::json(changed) != nlohmann::json(recipe));
        CHECK(train(changed).loss != all.loss);
    }
}

TEST_CASE("cifar_bn beyond: without an ablation; and wrong options are errors") {
    const TempDir dir;
    const std::string to = "--data " + write_small_data(dir) + " --out " + dir.file("out");
    CHECK(contains(
        output_of(
            "beyond --epochs 1 --ablation-epochs 0 --seeds 1 --width 4 --batch-size 20 --validation 50 " +
            to),
        "1 of 1 trainings"));
    CHECK_FALSE(contains(read_file(dir.file("out/report.md")), "all of it"));
    CHECK(contains(read_file(dir.file("out/report.md")), "% (one seed)"));
    const auto refuses = [&](const std::string& options, const std::string& message) {
        CHECK_THROWS_WITH_AS(run_command("beyond " + options + " " + to), message.c_str(), xgrad::ValueError);
    };
    refuses("--epochs 0", "--epochs: expected at least 1, got 0");
    refuses("--batch-size 1", "--batch-size: expected at least 2, got 1");
    refuses("--width 0", "--width: expected at least 1, got 0");
    refuses("--seeds 0", "--seeds: expected 1 to 1000, got 0");
    refuses("--jobs 0", "--jobs: expected 1 to 1000, got 0");
}
