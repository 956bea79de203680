#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <xgrad/train/training_observer.hpp>

namespace xgrad {

/// A file to which a training adds an entry for each step that logged something. Checkpoints keep its length:
/// a training that resumes cuts off what was written after its checkpoint, so that the file ends with the
/// same bytes as that of a training that was not interrupted.
class MetricsLog : public TrainingObserver {
public:
    MetricsLog(const MetricsLog&) = delete;
    MetricsLog& operator=(const MetricsLog&) = delete;
    ~MetricsLog() override;

    void add_to(TrainingState& state, const std::string& name) override;
    /// Begins the file, or cuts it to its length at the checkpoint.
    /// @throws DataError  the file cannot be written, or is shorter than it was.
    void on_start(std::uint64_t step, std::uint64_t steps) override;
    /// @throws DataError  the file cannot be written.
    void on_step(const StepRecord& record) override;
    void on_checkpoint() override;

protected:
    /// The file is not opened before the training starts.
    explicit MetricsLog(std::filesystem::path path);
    /// The beginning of the file.
    virtual std::string header() const = 0;
    /// What is written of a step that logged something.
    virtual std::string entry(const StepRecord& record) const = 0;

private:
    void append(std::string_view bytes);
    [[noreturn]] void fail_to(const char* step) const;

    std::filesystem::path path_;
    int file_ = -1;
    std::uint64_t size_ = 0;  // in bytes
};

/// A table in CSV: the step, and a column for each of the given names, in the shortest decimal form with the
/// same value. What a step did not log is left empty.
class CsvLog final : public MetricsLog {
public:
    /// @throws ValueError  no columns, or one twice.
    CsvLog(std::filesystem::path path, std::vector<std::string> columns);

private:
    std::string header() const override;
    std::string entry(const StepRecord& record) const override;

    std::vector<std::string> columns_;
};

/// A JSON object for each step that logged something, on a line of its own: `{"step":20,"loss":0.5}`. NaN and
/// infinities, which JSON does not have, are null.
class JsonLinesLog final : public MetricsLog {
public:
    /// The file is not opened before the training starts.
    explicit JsonLinesLog(std::filesystem::path path) : MetricsLog(std::move(path)) {}

private:
    std::string header() const override { return {}; }
    std::string entry(const StepRecord& record) const override;
};

}  // namespace xgrad
