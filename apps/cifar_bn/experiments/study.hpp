#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <xgrad/page/document.hpp>
#include <xgrad/page/live_page.hpp>
#include "cifar_bn/experiments/seeds.hpp"
#include "cifar_bn/jobs/runner.hpp"
#include "shared/data/data_source.hpp"
#include "shared/jobs/folder_lock.hpp"

namespace cifar_bn {

/// The options of every command that runs many trainings.
struct StudyOptions {
    TrainConfig config{};
    apps::Spreading spreading{};
    Seeds seeds{};
    std::string data{};
    std::filesystem::path out{};
    std::optional<int> serve{};  ///< the port at which the page is offered
};

/// Throws an xgrad::ValueError that names the option and its valid values.
void check_study(const StudyOptions& options);

/// Many trainings and the page about them, in one folder: jobs/ has a folder for each training, figures/ the
/// figures, and index.html and report.md the page.
class Study {
public:
    /// In the first process: opens the data and locks the folder against other programs.
    /// @param planned  all trainings that will be run.
    Study(const StudyOptions& options, const std::vector<Job>& planned, const apps::World& world);
    /// In any other process: runs the trainings that the first one hands out, until its Study ends.
    static void work(const StudyOptions& options, const apps::World& world);

    const xgrad::TrainTest& source() const { return source_.data; }
    const apps::Split& data() const { return data_; }
    JobRunner& runner() { return runner_; }
    const JobRunner& runner() const { return runner_; }
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

    /// A page that is kept up to date with what `sections` makes of the results so far. Above them it says
    /// what is done, running and failed. It has to end before publish() writes the final one. A part has
    /// none.
    /// @param sections  called on the page's thread.
    std::unique_ptr<xgrad::page::LivePage> live_page(
        const std::string& title, const std::string& subtitle,
        std::function<std::vector<xgrad::page::Section>()> sections);
    /// Calls xgrad::page::publish() for the study's folder.
    void publish(const xgrad::page::Document& document) const;

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    StudyOptions options_;
    apps::CheckedData source_;
    apps::Split data_;
    apps::FolderLock lock_;
    apps::JobsDisplay display_;
    JobRunner runner_;
};

}  // namespace cifar_bn
