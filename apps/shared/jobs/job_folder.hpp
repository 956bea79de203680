#pragma once

#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "shared/files/json.hpp"

namespace apps {

/// How long a training took, in seconds.
struct JobTime {
    double total;
    double step;  ///< median of the training steps
};

/// The folder of one training: its receipt (config.json), its checkpoints, whatever files the program leaves,
/// how long it took (time.json) and, as the last one, its result (result.json).
class JobFolder {
public:
    static constexpr const char* receipt_file = "config.json";
    static constexpr const char* result_file = "result.json";
    static constexpr const char* time_file = "time.json";

    /// @param receipt  all that the result depends on.
    JobFolder(std::filesystem::path path, const nlohmann::json& receipt);

    std::filesystem::path file(const std::string& name) const { return path_ / name; }
    std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }

    /// Makes room for a training, and writes the receipt. From now on there is no result.
    /// @param resume  a training that was interrupted may go on; else its checkpoints are an error.
    /// @throws xgrad::ValueError  there are such checkpoints, and `resume` is not set.
    void begin(bool resume) const;
    /// Writes the time and the result: the training is finished.
    void finish(const JobTime& time, const std::string& result) const;

    /// Whether a training of the same receipt has come to its end here, and left all of `files`.
    bool is_finished(const std::vector<std::string>& files) const;
    /// How long that took. @throws xgrad::DataError  as read().
    JobTime time() const;
    /// Returns parse(the text of a file).
    /// @throws xgrad::DataError  parse() has thrown; names the file, and says what to do.
    template <class Parse>
    auto read(const std::string& name, Parse parse) const {
        try {
            return parse(read_text(file(name)).value_or(""));
        } catch (const std::exception& error) {
            refuse(name, error.what());
        }
    }

private:
    [[noreturn]] void refuse(const std::string& name, const std::string& what) const;

    std::filesystem::path path_;
    std::string receipt_;
};

}  // namespace apps
