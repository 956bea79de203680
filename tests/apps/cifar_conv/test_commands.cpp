#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/cifar_conv/small_conv.hpp"
#include "cifar_conv/training/record.hpp"
#include "cifar_conv/training/saved_model.hpp"
#include "shared/commands/options.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/train/evaluate.hpp>

using namespace cifar_conv;
using xgrad::test::Bytes;
using xgrad::test::contains;
using xgrad::test::conversion_error;
using xgrad::test::output_of_conv;
using xgrad::test::printed;
using xgrad::test::read_file;
using xgrad::test::run_conv;
using xgrad::test::small_conv_options;
using xgrad::test::TempDir;
using xgrad::test::write_small_data;

TEST_CASE("cifar_conv train: writes metrics.csv, a page, and a config.json that reproduces the run") {
    const TempDir dir;
    const std::string data = " --data " + write_small_data(dir);
    const std::string text =
        output_of_conv("train --net resnet --no-batch-norm --learning-rate 0.02 --seed 3 --threads 1" +
                       small_conv_options + data + " --out " + dir.file("a"));
    CHECK(text.starts_with("small, 500 images to train on\n"));
    CHECK(contains(text, "3.body.0 "));
    CHECK(contains(text, "epoch"));
    CHECK(contains(text, "\ntest             100"));
    CHECK(contains(text, "again: cifar_conv train --config " + dir.file("a") + "/config.json --out " +
                             dir.file("a") + data + "\n"));
    const std::string metrics = read_file(dir.file("a/metrics.csv"));
    CHECK(metrics.starts_with("epoch,train_cost,validation_cost,train_accuracy,validation_accuracy\n1,"));
    CHECK(std::count(metrics.begin(), metrics.end(), '\n') == 3);
    const std::string page = read_file(dir.file("a/report.md"));
    for (const char* part :
         {"# A training on small\n", "Residual net, without batch norm", "2 of 2 epochs; width 4, ",
          "(figures/cost.svg)", "(figures/accuracy.svg)", "(figures/confusion.svg)"}) {
        CAPTURE(part);
        CHECK(contains(page, part));
    }
    run_conv("train --config " + dir.file("a/config.json") + data + " --out " + dir.file("b"));
    for (const char* file : {"config.json", "metrics.csv", "model.safetensors", "result.json"}) {
        CAPTURE(file);
        CHECK(read_file(dir.file(std::string("a/") + file)) == read_file(dir.file(std::string("b/") + file)));
    }
    CHECK(contains(output_of_conv("train --config " + dir.file("a/config.json") + data + " --resume --out " +
                                  dir.file("a")),
                   "the training in " + dir.file("a") + " is finished\n"));
    // Another one is refused there, and changes nothing.
    const auto before = [&] {
        return read_file(dir.file("a/config.json")) + read_file(dir.file("a/result.json"));
    };
    const std::string kept = before();
    const std::string again =
        "train --config " + dir.file("a/config.json") + data + " --resume --out " + dir.file("a");
    CHECK_THROWS_WITH_AS(
        run_conv(again + " --seed 4"),
        ("resume: " + dir.file("a") +
         " holds a finished training, which is another: options/seed was 3, is 4; give another --out, or leave out --resume to replace it")
            .c_str(),
        xgrad::ValueError);
    CHECK_THROWS_WITH_AS(
        run_conv(again + " --strict --threads 2"),
        ("resume: " + dir.file("a") +
         " holds a finished training whose last bits may be others: options/threads was 1, is 2; leave out --strict to see it, or --resume to replace it")
            .c_str(),
        xgrad::ValueError);
    CHECK(contains(output_of_conv(again + " --threads 2"), " is finished\n"));
    CHECK(before() == kept);
}

TEST_CASE("cifar_conv train: one that diverges leaves its page, and says what to do") {
    const TempDir dir;
    CHECK_THROWS_WITH_AS(
        output_of_conv("train --no-batch-norm --learning-rate 1e30 --threads 1" + small_conv_options +
                       " --data " + write_small_data(dir) + " --out " + dir.file("out")),
        doctest::Contains(": try a smaller --learning-rate, or --batch-norm"), xgrad::NumericsError);
    CHECK(contains(read_file(dir.file("out/report.md")), "It diverged: after step "));
}

TEST_CASE("cifar_conv train: wrong options are errors, and nothing is written") {
    const TempDir dir;
    const std::string to = " --data " + write_small_data(dir) + " --out " + dir.file("out");
    run_conv("train --epochs many" + to, conversion_error);
    CHECK_THROWS_WITH_AS(run_conv("train --net lenet" + to), "--net: expected vgg or resnet, got 'lenet'",
                         xgrad::ValueError);
    CHECK_THROWS_WITH_AS(run_conv("train --strict" + to),
                         "--strict: says how to --resume, which is not given", xgrad::ValueError);
    const std::string config = dir.write("config.json", R"({"options": {"depth": 3}})");
    CHECK_THROWS_WITH_AS(run_conv("train --config " + config + to),
                         ("--config: " + config + ": \"depth\" is no option").c_str(), xgrad::ValueError);
    CHECK_FALSE(std::filesystem::exists(dir.file("out")));
}

TEST_CASE("cifar_conv evaluate, predict: say of a saved model what its training said") {
    const TempDir dir;
    const std::string data = " --data " + write_small_data(dir);
    run_conv("train --learning-rate 0.05" + small_conv_options + data + " --out " + dir.file("model"));
    const Record record = parse_record(read_file(dir.file("model/result.json")));
    const std::string text = output_of_conv("evaluate --model " + dir.file("model") + data);
    CHECK(contains(text, fmt::format("\nall              100   {:6.2f} %", 100 * record.test.accuracy)));
    CHECK(
        contains(text, to_string(record.test_confusion, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})));

    const std::string header = "P5\n5 4\n255\n";
    Bytes picture(header.begin(), header.end());
    picture.resize(picture.size() + 20, 100);
    const std::string file = dir.write("grey.pgm", picture);
    const std::string prediction =
        output_of_conv("predict --top 2 --model " + dir.file("model") + " " + file);
    CHECK(prediction.starts_with(file + ": "));
    CHECK(std::count(prediction.begin(), prediction.end(), '%') == 2);
    CHECK_THROWS_WITH_AS(open_model(dir.file("none")),
                         ("--model: " + dir.file("none") +
                          " has no config.json: give the folder of a finished `cifar_conv train`")
                             .c_str(),
                         xgrad::DataError);
    std::filesystem::rename(dir.file("model/result.json"), dir.file("aside"));  // as while it is trained anew
    CHECK_THROWS_WITH_AS(open_model(dir.file("model")),
                         ("--model: " + dir.file("model") +
                          " has no result.json: give the folder of a finished `cifar_conv train`")
                             .c_str(),
                         xgrad::DataError);
    std::filesystem::rename(dir.file("aside"), dir.file("model/result.json"));
    const std::string config = read_file(dir.file("model/config.json"));
    const auto refuses = [&](const nlohmann::json& changed, const std::string& message) {
        nlohmann::json other = nlohmann::json::parse(config);
        other.update(changed, true);
        dir.write("model/config.json", other.dump());
        CHECK_THROWS_WITH_AS(open_model(dir.file("model")), doctest::Contains(message.c_str()), xgrad::Error);
    };
    refuses({{"program", "cifar_bn"}},
            "--model: " + dir.file("model") +
                " holds a model of `cifar_bn`: give the folder of a finished `cifar_conv train`");
    refuses({{"options", {{"net", "lenet"}}}}, "--net: expected vgg or resnet, got 'lenet'");
    refuses({{"options", {{"width", -4}}}}, "model/config.json: \"width\" cannot be -4");
    refuses({{"options", {{"width", 8}}}},
            "load_state_dict: nothing was loaded: 1.weight: expected shape (8, ");
    dir.write("model/config.json", "{");
    CHECK_THROWS_WITH_AS(
        open_model(dir.file("model")),
        doctest::Contains(("--model: " + dir.file("model") + "/config.json: [json.exception").c_str()),
        xgrad::DataError);
}

TEST_CASE("print_stopped: where the training stopped, and the command that goes on") {
    const auto ended = [](const std::string& data, std::uint64_t every) {
        return printed([&] {
            apps::print_stopped(xgrad::Stopped(7, "a/checkpoints/checkpoint-7.safetensors"), program, "a",
                                data, every);
        });
    };
    const std::string plain =
        "\nstopped after step 7: a/checkpoints/checkpoint-7.safetensors\n"
        "continue with: cifar_conv train --config a/config.json --out a";
    CHECK(ended("", 0) == plain + " --resume\n");
    CHECK(ended("my images", 50) == plain + " --data 'my images' --resume --checkpoint-every 50\n");
    CHECK_THROWS_AS(apps::end_by_signal(), CLI::RuntimeError);
}

TEST_CASE("cifar_conv report: both nets without and with batch norm, and a page about them") {
    const TempDir dir;
    const std::string command = "report --seeds 2 --learning-rates 0.01,0.1 --search-epochs 1 --jobs 2" +
                                small_conv_options + " --data " + write_small_data(dir) + " --out " +
                                dir.file("out");
    CHECK(contains(output_of_conv(command), "16 of 16 trainings"));
    const std::string page = read_file(dir.file("out/report.md"));
    for (const char* part :
         {"# Batch norm in convolutional nets on small\n", "| VGG-like, without batch norm | ",
          "| residual, with batch norm | ", "Test accuracy with batch norm less that without",
          "(figures/learning-rates.svg)", "(figures/vgg-cost.svg)", "(figures/vgg-accuracy.svg)",
          "(figures/resnet-cost.svg)", "(figures/resnet-accuracy.svg)", "(figures/confusion.svg)",
          "(figures/first-layer-weights.svg)", "(figures/mistakes.svg)", "16 trainings, ",
          " --no-augment --validation 100 --images 0 --learning-rates 0.01,0.1 --search-epochs 1 --data "}) {
        CAPTURE(part);
        CHECK(contains(page, part));
    }
    for (const char* figure :
         {"learning-rates", "vgg-cost", "resnet-accuracy", "first-layer-weights", "mistakes"})
        CHECK(std::filesystem::exists(dir.file(fmt::format("out/figures/{}.png", figure))));

    // What is missing is trained again, to the same result, and nothing else.
    const std::string lost = dir.file("out/jobs/resnet-bn-seed2/result.json"), before = read_file(lost);
    const auto kept = std::filesystem::last_write_time(dir.file("out/jobs/vgg-seed1/result.json"));
    std::filesystem::remove(lost);
    run_conv(command);
    CHECK(read_file(lost) == before);
    CHECK(std::filesystem::last_write_time(dir.file("out/jobs/vgg-seed1/result.json")) == kept);

    // Parts do the same trainings: the first one those that do not depend on the other's search.
    const auto result = [&](const char* job) {
        return read_file(dir.file(fmt::format("out/jobs/{}/result.json", job)));
    };
    const std::string whole = result("resnet-bn-seed2");
    std::filesystem::remove_all(dir.file("out"));
    CHECK(contains(output_of_conv(command + " --part 1/2"), "part 1/2 is done; 4 of 8 trainings are not"));
    CHECK_FALSE(std::filesystem::exists(dir.file("out/index.html")));
    CHECK(contains(output_of_conv(command + " --part 2/2"), "part 2/2 is done; 4 of 8 trainings are not"));
    CHECK(contains(output_of_conv(command), "16 of 16 trainings  (12 from before)"));
    CHECK(result("resnet-bn-seed2") == whole);
}

TEST_CASE("cifar_conv report: wrong options are errors") {
    const TempDir dir;
    const std::string to = " --data " + write_small_data(dir) + " --out " + dir.file("out");
    const auto refuses = [&](const std::string& options, const char* message) {
        CHECK_THROWS_WITH_AS(run_conv("report " + options + to), message, xgrad::ValueError);
    };
    refuses("--seeds 0", "--seeds: expected 1 to 1000, got 0");
    refuses("--seeds 1001", "--seeds: expected 1 to 1000, got 1001");
    refuses("--jobs 0", "--jobs: expected 1 to 1000, got 0");
    refuses("--jobs 1001", "--jobs: expected 1 to 1000, got 1001");
    refuses("--width 4097", "--width: expected 1 to 4096, got 4097");
    refuses("--search-epochs 0", "--search-epochs: expected 1 to 100000, got 0");
    refuses("--learning-rates 0.1,-1", "--learning-rates: expected a positive number, got -1");
    refuses("--epochs 0", "--epochs: expected 1 to 100000, got 0");
    CHECK_FALSE(std::filesystem::exists(dir.file("out")));
    refuses(small_conv_options + "--learning-rates 0.1,0.1",
            "jobs: two trainings would be called search-vgg-0.1; give each value once");
}
