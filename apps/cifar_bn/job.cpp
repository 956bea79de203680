#include "job.hpp"

#include <chrono>
#include <fstream>
#include <limits>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <xgrad/core/write_file.hpp>

namespace cifar_bn {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Score, cost, accuracy)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LayerStatistics, output, signal, weight, gradient)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Snapshot, step, cycle, learning_rate, train, validation, test, layers)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(JobTime, total, step)

namespace {

using nlohmann::json;

constexpr const char* metrics_header =
    "step,cycle,learning_rate,train_cost,validation_cost,test_cost,train_accuracy,validation_accuracy,test_accuracy\n";

std::string metrics_row(const Snapshot& s) {
    return fmt::format("{},{},{},{},{},{},{},{},{}\n", s.step, s.cycle, s.learning_rate, s.train.cost, s.validation.cost, s.test.cost,
                       s.train.accuracy, s.validation.accuracy, s.test.accuracy);
}

std::string text_of(const json& value) { return value.dump(2) + "\n"; }

std::optional<std::string> read_text(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return std::nullopt;
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

// JSON knows no NaN: it is written as null.
void restore_nan(json& value) {
    if (value.is_null()) value = std::numeric_limits<double>::quiet_NaN();
    if (value.is_structured())
        for (json& part : value) restore_nan(part);
}

// Calls read(json of the file).
template <class Read>
auto read_json(const std::filesystem::path& file, Read read) {
    try {
        json value = json::parse(read_text(file).value_or(""));
        restore_nan(value);
        return read(value);
    } catch (const std::exception& error) {
        xgrad::fail<xgrad::DataError>(
            "job", fmt::format("{}: {}; delete {} to train anew", file.string(), error.what(), file.parent_path().string()));
    }
}

}  // namespace

JobResult run_job(const std::filesystem::path& folder, const json& receipt, const TrainConfig& config, const Split& data,
                  const TrainObserver& observer) {
    const auto start = std::chrono::steady_clock::now();
    std::filesystem::create_directories(folder);
    std::filesystem::remove(folder / "result.json");
    xgrad::write_file(folder / "config.json", text_of(receipt));

    std::string metrics = metrics_header;
    std::vector<Snapshot> snapshots;
    TrainObserver recorder = observer;
    recorder.on_snapshot = [&](const Snapshot& snapshot) {
        snapshots.push_back(snapshot);
        metrics += metrics_row(snapshot);
        xgrad::write_file(folder / "metrics.csv", metrics);
        observer.on_snapshot(snapshot);
    };
    const TrainResult result = train(config, data, recorder);
    result.save_state(folder / "model.safetensors");
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const JobTime time{seconds.count(), result.seconds_per_step};
    xgrad::write_file(folder / "time.json", text_of(time));
    xgrad::write_file(
        folder / "result.json",
        text_of({{"snapshots", snapshots}, {"test_confusion", result.test_confusion.rows()}, {"diverged_at", result.diverged_at}}));
    return {std::move(snapshots), result.test_confusion, result.diverged_at, time};
}

std::optional<JobResult> finished_job(const std::filesystem::path& folder, const json& receipt) {
    for (const char* file : {"result.json", "time.json", "model.safetensors", "metrics.csv"})
        if (!std::filesystem::exists(folder / file)) return std::nullopt;
    if (read_text(folder / "config.json") != text_of(receipt)) return std::nullopt;
    const auto time = read_json(folder / "time.json", [](const json& file) { return file.get<JobTime>(); });
    return read_json(folder / "result.json", [&](const json& file) {
        JobResult result{file.at("snapshots").get<std::vector<Snapshot>>(),
                         xgrad::ConfusionMatrix(file.at("test_confusion").get<std::vector<std::vector<std::uint64_t>>>()),
                         file.at("diverged_at").get<std::uint64_t>(), time};
        if (result.snapshots.empty()) xgrad::fail<xgrad::DataError>("", "no snapshots");
        return result;
    });
}

}  // namespace cifar_bn
