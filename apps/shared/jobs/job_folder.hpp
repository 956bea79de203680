#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "shared/files/json.hpp"

#include <xgrad/train/training_loop.hpp>

namespace apps {

/// The duration of a training, in seconds.
struct JobTime {
    double total;
    double step;  ///< median of the training steps; 0: not measured
};

/// The folder of one training: its receipt (config.json), its checkpoints, any files of the program, its
/// duration (time.json) and, written last, its result (result.json).
class JobFolder {
public:
    static constexpr const char* receipt_file = "config.json";
    static constexpr const char* result_file = "result.json";
    static constexpr const char* time_file = "time.json";

    /// @param receipt  everything that the result depends on.
    JobFolder(std::filesystem::path path, nlohmann::json receipt);

    std::filesystem::path file(const std::string& name) const { return path_ / name; }
    std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }

    /// The given one with the checkpoints of this folder, and with the receipt. If `resume` is not set, those
    /// of a training that was interrupted are an error. The folder is left as it is.
    /// @param first  this is the process that uses the folder; others do not look into it.
    /// @throws xgrad::ValueError  there are such checkpoints.
    xgrad::Checkpointing checkpointing(xgrad::Checkpointing given, bool first = true) const;
    /// Prepares the folder for a training that can start, and writes the receipt. Removes an earlier result.
    /// @param resume  an interrupted training may be continued.
    /// @throws xgrad::ValueError  as checkpointing().
    void begin(bool resume) const;
    /// Writes the duration and the result, which marks the training as finished.
    void finish(const JobTime& time, const std::string& result) const;

    /// The receipt of a training that has finished here, if there is one.
    /// @param strict   refuse one whose last bits may be others, rather than warn.
    /// @throws xgrad::ValueError  it is another training, or refused.
    std::optional<nlohmann::json> finished_receipt(bool strict,
                                                   const std::function<void(const std::string&)>& warn) const;

    /// The receipt of a training that has finished here.
    std::optional<nlohmann::json> kept_receipt() const;
    /// Whether a training with the same receipt has begun here.
    bool has_receipt() const;
    /// Whether a training with the same receipt has finished here and left all of `files`.
    bool is_finished(const std::vector<std::string>& files) const;
    /// The duration of that training. @throws xgrad::DataError  as read().
    JobTime time() const;
    /// Returns parse(contents of a file).
    /// @throws xgrad::DataError  parse() has thrown. The message names the file and says what to do.
    template <class Parse>
    auto read(const std::string& name, Parse parse) const {
        try {
            return parse(read_text(file(name)).value_or(""));
        } catch (const std::exception& error) {
            refuse(name, error.what());
        }
    }

private:
    void check(bool resume) const;
    [[noreturn]] void refuse(const std::string& name, const std::string& what) const;

    std::filesystem::path path_;
    nlohmann::json receipt_;
};

}  // namespace apps
