#include "cifar_bn/jobs/job.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "shared/models/saved_model.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/io/write_file.hpp>

namespace cifar_bn {
namespace {

constexpr const char* metrics_file = "metrics.csv";
constexpr const char* metrics_header =
    "step,cycle,learning_rate,train_cost,validation_cost,test_cost,train_accuracy,validation_accuracy,test_accuracy\n";

std::string metrics_row(const Snapshot& s) {
    return fmt::format("{},{},{},{},{},{},{},{},{}\n", s.step, s.cycle, s.learning_rate, s.train.cost,
                       s.validation.cost, s.test.cost, s.train.accuracy, s.validation.accuracy,
                       s.test.accuracy);
}

}  // namespace

JobResult run_job(const std::filesystem::path& path, const nlohmann::json& receipt, const TrainConfig& config,
                  const apps::Split& data, const TrainObserver& observer, xgrad::Checkpointing checkpointing,
                  const apps::World& world) {
    const auto start = std::chrono::steady_clock::now();
    const apps::JobFolder folder(path, receipt);
    checkpointing = folder.checkpointing(std::move(checkpointing), world.rank() == 0);

    if (world.rank() != 0)
        return {train(config, data, observer, checkpointing, world), {}};  // writes nothing
    std::string metrics = metrics_header;
    TrainObserver recorder = observer;
    recorder.on_start = [&](std::uint64_t step) {
        folder.begin(checkpointing.resume);
        observer.on_start(step);
    };
    recorder.on_snapshot = [&](const Snapshot& snapshot) {
        metrics += metrics_row(snapshot);
        xgrad::write_file(folder.file(metrics_file), metrics);
        observer.on_snapshot(snapshot);
    };
    TrainResult result = train(config, data, recorder, checkpointing, world);
    result.save_state(folder.file(apps::model_file));
    xgrad::save_normalizer(folder.file(apps::normalizer_file), data.normalizer);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const apps::JobTime time{seconds.count(), result.seconds_per_step};
    folder.finish(time, to_text(result));
    return {std::move(result), time};
}

std::optional<JobResult> finished_job(const std::filesystem::path& path, const nlohmann::json& receipt) {
    const apps::JobFolder folder(path, receipt);
    if (!folder.is_finished({apps::model_file, apps::normalizer_file, metrics_file})) return std::nullopt;
    const auto parse = [time = folder.time()](const std::string& text) {
        JobResult result{parse_record(text), time};
        if (result.snapshots.empty()) xgrad::fail<xgrad::DataError>("record", "no snapshots");
        return result;
    };
    return folder.read(apps::JobFolder::result_file, parse);
}

}  // namespace cifar_bn
