#include <memory>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/run_command.hpp"
#include "apps/small_data.hpp"
#include "cifar_bn/jobs/job.hpp"
#include "cifar_bn/training/saved_model.hpp"
#include "shared/data/data_source.hpp"
#include "shared/jobs/receipt.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/data/cifar100.hpp>

using namespace cifar_bn;
using xgrad::DataError;
using xgrad::test::Bytes;
using xgrad::test::excludes_error;
using xgrad::test::output_of;
using xgrad::test::read_file;
using xgrad::test::run_command;
using xgrad::test::small_config;
using xgrad::test::TempDir;
using xgrad::test::write_small_data;

namespace {

// A training, in the folder "model", on 600 images of 4 x 5.
struct Trained {
    explicit Trained(const char* scalar = "float") {
        config.hidden = {8};
        config.half_cycle = 200;
        config.layer_images = 0;
        config.scalar = scalar;
        data_folder = write_small_data(dir);
        const apps::Split data = apps::split(apps::open_data(data_folder), config.validation);
        result = std::make_unique<JobResult>(run_job(
            dir.file("model"), apps::make_receipt("cifar_bn", data, {}, to_json(config)), config, data));
    }

    TempDir dir;
    TrainConfig config = small_config();
    std::string data_folder;
    std::unique_ptr<JobResult> result;
};

// An image of the small data set's pattern for that class, as a PGM.
Bytes pattern(std::size_t label) {
    const std::string header = "P5\n5 4\n255\n";
    Bytes file(header.begin(), header.end());
    for (std::size_t pixel = 0; pixel < 20; ++pixel) file.push_back(pixel % 10 == label ? 200 : 80);
    return file;
}

}  // namespace

TEST_CASE("evaluate: says of a saved model what its training said") {
    for (const char* scalar : {"float", "double"}) {
        const Trained trained(scalar);
        const double accuracy = trained.result->last().test.accuracy;
        REQUIRE(accuracy > 0.9);
        const std::string text =
            output_of("evaluate --model " + trained.dir.file("model") + " --data " + trained.data_folder);
        CAPTURE(text);
        CHECK(text.starts_with(trained.dir.file("model") + " on 100 images of small's test set, loss "));
        const auto [low, high] = xgrad::confidence_interval(trained.result->test_confusion.correct(), 100);
        CHECK(text.find(fmt::format("\nall              100   {:6.2f} %   {:6.2f} to {:6.2f} %\n",
                                    100 * accuracy, 100 * low, 100 * high)) != text.npos);
        CHECK(text.ends_with(
            "By class (down: truth, across: prediction)\n" +
            to_string(trained.result->test_confusion, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})));
    }
}

TEST_CASE("evaluate: images that are not of the model's kind are refused") {
    const Trained trained;
    const std::string evaluate = "evaluate --model " + trained.dir.file("model");
    const std::string file = trained.dir.write("batch.bin", Bytes(2 * 3073));
    CHECK_THROWS_WITH_AS(
        output_of(evaluate + " --file " + file),
        doctest::Contains(
            "evaluate: the model was trained on small (1 x 4 x 5, 10 classes), these images are CIFAR-10 (3 x 32 x 32, 10 classes of other names)"),
        xgrad::ValueError);
    CHECK_THROWS_AS(output_of(evaluate + " --file " + trained.dir.write("short.bin", Bytes(3000))),
                    DataError);
    CHECK_THROWS_AS(output_of(evaluate + " --file " + trained.dir.write("odd.bin", Bytes(3073 + 1))),
                    DataError);
    CHECK_THROWS_AS(output_of(evaluate + " --file " + trained.dir.file("none")), DataError);
    run_command(evaluate + " --file " + file + " --data " + trained.data_folder, excludes_error);
}

TEST_CASE("evaluate: a model for CIFAR-100 takes files of its records, and no others") {
    const TempDir dir;
    Bytes records(200 * xgrad::cifar100_record_bytes);
    for (std::size_t i = 0; i < 200; ++i) {
        records[i * xgrad::cifar100_record_bytes + 1] = static_cast<std::uint8_t>(i % 100);  // the fine label
        records[i * xgrad::cifar100_record_bytes + 2] = static_cast<std::uint8_t>(i);
    }
    const std::string file = dir.write("test.bin", records);
    const xgrad::Dataset images = xgrad::read_cifar100_files({file}, 200);
    TrainConfig config = small_config();
    config.layer_images = 0;
    const apps::Split data = apps::split({images, images}, config.validation);
    run_job(dir.file("model"), apps::make_receipt("cifar_bn", data, {}, to_json(config)), config, data);
    const std::string evaluate = "evaluate --model " + dir.file("model") + " --file ";
    CHECK(
        output_of(evaluate + file).starts_with(dir.file("model") + " on 200 images of " + file + ", loss "));
    CHECK_THROWS_WITH_AS(output_of(evaluate + dir.write("of-10.bin", Bytes(3073))),
                         doctest::Contains("expected 3074 bytes (1 records of 3074), found 3073 bytes"),
                         DataError);
}

TEST_CASE("predict: names the most probable classes of each picture, whatever its size") {
    const Trained trained;
    const std::string four = trained.dir.write("four.pgm", pattern(4)),
                      seven = trained.dir.write("seven.pgm", pattern(7));
    const std::string model = " --model " + trained.dir.file("model");
    const std::string text = output_of("predict " + four + " " + seven + model);
    CAPTURE(text);
    CHECK(text.starts_with(four + ": 4 "));
    CHECK(text.find("\n" + seven + ": 7 ") != text.npos);
    CHECK(std::count(text.begin(), text.end(), '%') == 6);
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
    const std::string one = output_of("predict --top 1 " + four + model);
    CHECK(std::count(one.begin(), one.end(), '%') == 1);
    const std::string all = output_of("predict --top 99 " + four + model);
    CHECK(std::count(all.begin(), all.end(), '%') == 10);
    CHECK_THROWS_AS(output_of("predict " + four + " " + trained.dir.file("none") + model), DataError);
}

TEST_CASE("open_model: a folder that holds no model, or a damaged one") {
    const Trained trained;
    const std::string folder = trained.dir.file("model");
    const auto check_refused = [&](const std::string& message) {
        CHECK_THROWS_WITH_AS(open_model(folder), doctest::Contains(message.c_str()), xgrad::Error);
    };
    CHECK_THROWS_WITH_AS(open_model(trained.dir.file("none")),
                         ("--model: " + trained.dir.file("none") +
                          " has no config.json: give the folder of a finished `cifar_bn train`")
                             .c_str(),
                         DataError);
    for (const char* file : {"config.json", "result.json", "model.safetensors", "normalizer.safetensors"}) {
        std::filesystem::rename(folder + "/" + file, trained.dir.file("aside"));
        check_refused(std::string("--model: ") + folder + " has no " + file);
        if (file != std::string("result.json")) {  // whose contents are not read
            trained.dir.write(std::string("model/") + file, "");
            check_refused(file);
        }
        std::filesystem::rename(trained.dir.file("aside"), folder + "/" + file);
    }
    const nlohmann::json config = nlohmann::json::parse(read_file(folder + "/config.json"));
    const auto with = [&](const char* pointer, const nlohmann::json& value) {
        nlohmann::json other = config;
        other[nlohmann::json::json_pointer(pointer)] = value;
        trained.dir.write("model/config.json", other.dump());
    };
    with("/data/classes", nlohmann::json::array());
    check_refused("--model: " + folder + "/config.json: has no classes");
    with("/data/image_shape", {1, 4, 4});
    check_refused("--model: " + folder +
                  "/config.json: images of 1 x 4 x 4 have 16 values, normalizer.safetensors has 20");
    with("/data/image_shape", "large");
    check_refused("--model: " + folder + "/config.json: [json.exception.type_error.302]");
    trained.dir.write("model/config.json", std::string(12, '[') + std::string(12, ']'));
    check_refused("--model: " + folder + "/config.json: json: is nested more than 10 deep");
    with("/options/batch_size", 0);
    check_refused("--batch-size: expected at least 2");
    with("/options/hidden", {9});
    check_refused(
        "load_state: " + folder +
        "/model.safetensors: load_state_dict: nothing was loaded: 0.weight: expected shape (9, 20), got (8, 20); ");
}
