#include "cifar_bn/training/saved_model.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "apps/cifar_bn/trained.hpp"

#include <xgrad/core/error.hpp>

using namespace cifar_bn;
using xgrad::DataError;
using xgrad::test::read_file;
using xgrad::test::Trained;

TEST_CASE("open_model: a folder that holds no model, or a damaged one") {
    const Trained trained;
    const std::string folder = trained.dir.file("model");
    const auto check_refused = [&](const std::string& message) {
        CHECK_THROWS_WITH_AS(open_model(folder).net<float>(), doctest::Contains(message.c_str()),
                             xgrad::Error);
    };
    CHECK_THROWS_WITH_AS(open_model(trained.dir.file("none")),
                         ("--model: " + trained.dir.file("none") +
                          " has no config.json: give the folder of a finished `cifar_bn train`")
                             .c_str(),
                         DataError);
    for (const char* file : {"config.json", "model.safetensors", "normalizer.safetensors"}) {
        std::filesystem::rename(folder + "/" + file, trained.dir.file("aside"));
        check_refused(std::string("--model: ") + folder + " has no " + file);
        trained.dir.write(std::string("model/") + file, "");
        check_refused(file);
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
    with("/options/batch_size", 0);
    check_refused("--batch-size: expected at least 2");
    with("/options/hidden", {9});
    check_refused(
        "load_state: " + folder +
        "/model.safetensors: load_state_dict: nothing was loaded: 0.weight: expected shape (9, 20), got (8, 20); ");
}
