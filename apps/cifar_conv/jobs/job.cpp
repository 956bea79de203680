#include "cifar_conv/jobs/job.hpp"

#include <utility>

#include <fmt/format.h>

#include "shared/jobs/job_folder.hpp"
#include "shared/models/saved_model.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/io/write_file.hpp>
#include <xgrad/nn/state.hpp>

namespace cifar_conv {
namespace {

constexpr const char* metrics_file = "metrics.csv";

std::string metrics(const Record& record) {
    std::string text = "epoch,train_cost,validation_cost,train_accuracy,validation_accuracy\n";
    for (std::size_t i = 0; i < record.epochs.size(); ++i) {
        const auto& [train, validation] = record.epochs[i];
        text += fmt::format("{},{},{},{},{}\n", i + 1, train.cost, validation.cost, train.accuracy,
                            validation.accuracy);
    }
    return text;
}

}  // namespace

JobResult run_job(const std::filesystem::path& path, const nlohmann::json& receipt, const Config& config,
                  const apps::Split& data, const TrainObserver& observer, xgrad::Checkpointing checkpointing,
                  const apps::World& world) {
    const apps::JobFolder folder(path, receipt);
    checkpointing = folder.checkpointing(std::move(checkpointing), world.rank() == 0);

    if (world.rank() != 0) {  // writes nothing
        TrainResult result = train(config, data, observer, checkpointing, world);
        return {std::move(result.record), result.seconds};
    }
    TrainObserver recorder = observer;
    recorder.on_start = [&](std::uint64_t step) {
        folder.begin(checkpointing.resume);
        observer.on_start(step);
    };
    recorder.on_epoch = [&](const Record& record) {
        xgrad::write_file(folder.file(metrics_file), metrics(record));
        observer.on_epoch(record);
    };
    TrainResult result = train(config, data, recorder, checkpointing, world);
    xgrad::save_state(folder.file(apps::model_file), result.net);
    xgrad::save_normalizer(folder.file(apps::normalizer_file), data.normalizer);
    folder.finish({result.seconds, 0}, to_text(result.record));
    return {std::move(result.record), result.seconds};
}

std::optional<JobResult> finished_job(const std::filesystem::path& path, const nlohmann::json& receipt) {
    const apps::JobFolder folder(path, receipt);
    if (!folder.is_finished({apps::model_file, apps::normalizer_file, metrics_file})) return std::nullopt;
    return folder.read(apps::JobFolder::result_file,
                       [seconds = folder.time().total](const std::string& text) {
                           JobResult result{parse_record(text), seconds};
                           if (result.epochs.empty()) xgrad::fail<xgrad::DataError>("record", "no epochs");
                           return result;
                       });
}

apps::JobPlan Trainings::plan(const Job& job, const apps::Split& data) {
    const std::uint64_t steps = job.config.epochs * steps_per_epoch(job.config, data);
    return {job.name, steps,
            static_cast<double>(steps * job.config.batch_size) * static_cast<double>(job.config.width)};
}

JobResult Trainings::run(const std::filesystem::path& folder, const nlohmann::json& receipt,
                         const Config& config, const apps::Split& data,
                         const std::function<void(std::uint64_t)>& on_step) {
    check_config(config);  // before anything is deleted
    if (!apps::JobFolder(folder, receipt).has_receipt()) std::filesystem::remove_all(folder);
    TrainObserver observer;
    observer.on_step = [&](std::uint64_t step, double, double) { on_step(step); };
    const xgrad::Checkpointing each_epoch{
        .every = steps_per_epoch(config, data), .keep = 1, .resume = true, .strict = true};
    return run_job(folder, receipt, config, data, observer, each_epoch);
}

std::vector<xgrad::LinePart> Trainings::outcome(const JobResult& result) {
    return {{fmt::format("validation {:5.2f} %", 100 * result.epochs.back().validation.accuracy), 5},
            {fmt::format("test {:5.2f} %", 100 * result.test.accuracy), 2}};
}

}  // namespace cifar_conv
