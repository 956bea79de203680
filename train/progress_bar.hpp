#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <xgrad/train/progress.hpp>
#include <xgrad/train/training_observer.hpp>

namespace xgrad {

/// Shows a training on a stream: on a terminal a bar with the values that were logged last, and lines that
/// stay.
class ProgressBar final : public TrainingObserver {
public:
    /// @param row  the name of a value: each step that logs it gives a line of all values. If it is empty,
    /// there are ten lines in a training.
    /// @param stream  not owned.
    explicit ProgressBar(std::string row = {}, std::FILE* stream = stdout)
        : row_(std::move(row)), stream_(stream) {}

    void on_start(std::uint64_t step, std::uint64_t steps) override;
    void on_step(const StepRecord& record) override;
    void on_end() override;

private:
    std::string row_;
    std::FILE* stream_;
    std::vector<std::pair<std::string, double>> values_;  // logged last
    std::unique_ptr<ProgressDisplay> display_;
};

}  // namespace xgrad
