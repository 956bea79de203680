#include "cifar_bn/jobs/job.hpp"

#include <chrono>

#include <fmt/format.h>

#include "shared/files/json.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/io/write_file.hpp>
#include <xgrad/train/checkpoint.hpp>

namespace cifar_bn {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(JobTime, total, step)

namespace {

using nlohmann::json;

constexpr const char* metrics_header =
    "step,cycle,learning_rate,train_cost,validation_cost,test_cost,train_accuracy,validation_accuracy,test_accuracy\n";

std::string metrics_row(const Snapshot& s) {
    return fmt::format("{},{},{},{},{},{},{},{},{}\n", s.step, s.cycle, s.learning_rate, s.train.cost,
                       s.validation.cost, s.test.cost, s.train.accuracy, s.validation.accuracy,
                       s.test.accuracy);
}

std::string text_of(const json& value) { return value.dump(2) + "\n"; }

// Calls read(text of the file).
template <class Read>
auto read_with(Read read, const std::filesystem::path& file) {
    try {
        return read(read_text(file).value_or(""));
    } catch (const std::exception& error) {
        xgrad::fail<xgrad::DataError>("job", fmt::format("{}: {}; delete {} to train anew", file.string(),
                                                         error.what(), file.parent_path().string()));
    }
}

// Makes room for a training from its first step on.
void clear_checkpoints(const std::filesystem::path& folder, const xgrad::CheckpointFolder& checkpoints) {
    const std::vector<std::uint64_t> steps = checkpoints.steps();
    if (!steps.empty() && !std::filesystem::exists(folder / "result.json"))
        xgrad::fail<xgrad::ValueError>(
            "train",
            fmt::format(
                "{} holds a training that was interrupted, with a checkpoint of step {}: continue it with --resume, or delete {} to begin anew",
                folder.string(), steps.back(), (folder / "checkpoints").string()));
    checkpoints.clear();
}

}  // namespace

JobResult run_job(const std::filesystem::path& folder, const json& receipt, const TrainConfig& config,
                  const Split& data, const TrainObserver& observer, Checkpointing checkpointing) {
    const auto start = std::chrono::steady_clock::now();
    checkpointing.folder = folder / "checkpoints";
    checkpointing.receipt = receipt.dump();
    if (!checkpointing.resume) clear_checkpoints(folder, xgrad::CheckpointFolder(checkpointing.folder));
    for (const auto& written : {folder, checkpointing.folder}) xgrad::remove_leftovers(written);
    std::filesystem::create_directories(folder);
    std::filesystem::remove(folder / "result.json");
    xgrad::write_file(folder / "config.json", text_of(receipt));

    std::string metrics = metrics_header;
    TrainObserver recorder = observer;
    recorder.on_snapshot = [&](const Snapshot& snapshot) {
        metrics += metrics_row(snapshot);
        xgrad::write_file(folder / "metrics.csv", metrics);
        observer.on_snapshot(snapshot);
    };
    TrainResult result = train(config, data, recorder, checkpointing);
    result.save_state(folder / "model.safetensors");
    xgrad::save_normalizer(folder / "normalizer.safetensors", data.normalizer);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const JobTime time{seconds.count(), result.seconds_per_step};
    xgrad::write_file(folder / "time.json", text_of(time));
    xgrad::write_file(folder / "result.json", to_text(result));
    return {std::move(result), time};
}

std::optional<JobResult> finished_job(const std::filesystem::path& folder, const json& receipt) {
    for (const char* file :
         {"result.json", "time.json", "model.safetensors", "normalizer.safetensors", "metrics.csv"})
        if (!std::filesystem::exists(folder / file)) return std::nullopt;
    if (read_text(folder / "config.json") != text_of(receipt)) return std::nullopt;
    const auto time = read_with([](const std::string& text) { return parse_json(text).get<JobTime>(); },
                                folder / "time.json");
    return read_with(
        [&](const std::string& text) {
            JobResult result{parse_record(text), time};
            if (result.snapshots.empty()) xgrad::fail<xgrad::DataError>("no snapshots");
            return result;
        },
        folder / "result.json");
}

}  // namespace cifar_bn
