#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cifar_bn/jobs/runner.hpp"
#include "shared/data/data_source.hpp"
#include "shared/jobs/folder_lock.hpp"
#include "shared/page/document.hpp"

namespace cifar_bn {

/// The options of every command that runs many trainings.
struct StudyOptions {
    TrainConfig config{};
    int jobs = xgrad::num_threads();
    int seeds = 3;
    std::string data{};
    std::filesystem::path out{};
};

/// --jobs, --data and --out; `out` has its default.
void add_study_options(CLI::App& command, StudyOptions& options);
/// --seeds
void add_seeds_option(CLI::App& command, StudyOptions& options);

/// Throws an xgrad::ValueError that names the option and what it may be.
void check(const StudyOptions& options);

/// Many trainings and the page about them, in one folder: jobs/ has a folder for each training, figures/ the
/// pictures, and index.html and report.md the result.
class Study {
public:
    /// Opens the data, and keeps other programs out of the folder. @param planned  the configuration of every
    /// training there will be.
    Study(const StudyOptions& options, const std::vector<TrainConfig>& planned);

    const xgrad::TrainTest& source() const { return source_.data; }
    const Split& data() const { return data_; }
    JobRunner& runner() { return runner_; }
    const JobRunner& runner() const { return runner_; }
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

    /// Draws the figures, writes the pages and says where they are.
    /// @throws xgrad::DataError  a figure that gnuplot cannot draw; the pages are written.
    void publish(const Document& document) const;

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    StudyOptions options_;
    CheckedData source_;
    Split data_;
    FolderLock lock_;
    JobsDisplay display_;
    JobRunner runner_;
};

}  // namespace cifar_bn
