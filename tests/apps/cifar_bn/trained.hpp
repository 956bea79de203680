#pragma once

#include <memory>
#include <string>

#include "apps/printed.hpp"
#include "apps/small_data.hpp"
#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/jobs/job.hpp"
#include "shared/data/data_source.hpp"
#include "shared/jobs/receipt.hpp"

namespace xgrad::test {

/// A training, in the folder "model", on 600 images of 4 x 5.
struct Trained {
    explicit Trained(const char* scalar = "float") {
        config.hidden = {8};
        config.half_cycle = 200;
        config.layer_images = 0;
        config.scalar = scalar;
        data_folder = write_small_data(dir);
        const apps::Split data = apps::split(apps::open_data(data_folder), config.validation);
        result = std::make_unique<cifar_bn::JobResult>(cifar_bn::run_job(
            dir.file("model"), apps::make_receipt("cifar_bn", data, {}, to_json(config)), config, data));
    }

    TempDir dir;
    cifar_bn::TrainConfig config = small_config();
    std::string data_folder;
    std::unique_ptr<cifar_bn::JobResult> result;
};

/// What the command `evaluate` or `predict` prints, such as `evaluate --model DIR`.
inline std::string output_of(const std::string& arguments) {
    CLI::App app;
    cifar_bn::add_evaluate(app);
    cifar_bn::add_predict(app);
    return printed([&] { app.parse(arguments, false); });
}

}  // namespace xgrad::test
