#pragma once

#include <filesystem>
#include <string>

#include <xgrad/train/metrics_log.hpp>

namespace xgrad {

/// A file of events, from which TensorBoard draws a curve for each name: a training adds an event for each
/// step that logged something, with the time at which it is written.
///
///     loop.observe<TensorBoardLog>("runs/first");    // shown by: tensorboard --logdir runs
///
/// As with every MetricsLog, a training that resumes ends with the same values as one that was not
/// interrupted; the times differ. Values become floats. A name that is not UTF-8 is a ValueError.
class TensorBoardLog final : public MetricsLog {
public:
    /// The file is not opened before the training starts.
    /// @param folder  what TensorBoard shows as one run. The file in it is `events.out.tfevents.xgrad`.
    explicit TensorBoardLog(const std::filesystem::path& folder)
        : MetricsLog(folder / "events.out.tfevents.xgrad") {}

private:
    std::string header() const override;
    std::string entry(const StepRecord& record) const override;
};

}  // namespace xgrad
