#include "shared/jobs/job_folder.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/io/write_file.hpp>
#include <xgrad/train/checkpoint.hpp>

namespace apps {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(JobTime, total, step)

namespace {

std::string text_of(const nlohmann::json& value) { return value.dump(2) + "\n"; }

}  // namespace

JobFolder::JobFolder(std::filesystem::path path, const nlohmann::json& receipt)
    : path_(std::move(path)), receipt_(text_of(receipt)) {}

void JobFolder::begin(bool resume) const {
    const xgrad::CheckpointFolder old(checkpoints());
    if (!resume) {
        const std::vector<std::uint64_t> steps = old.steps();
        if (!steps.empty() && !std::filesystem::exists(file(result_file)))
            xgrad::fail<xgrad::ValueError>(
                "train",
                fmt::format(
                    "{} holds a training that was interrupted, with a checkpoint of step {}: continue it with --resume, or delete {} to begin anew",
                    path_.string(), steps.back(), checkpoints().string()));
        old.clear();
    }
    xgrad::remove_leftovers(path_);
    std::filesystem::create_directories(path_);
    std::filesystem::remove(file(result_file));
    xgrad::write_file(file(receipt_file), receipt_);
}

void JobFolder::finish(const JobTime& time, const std::string& result) const {
    xgrad::write_file(file(time_file), text_of(time));
    xgrad::write_file(file(result_file), result);
}

bool JobFolder::has_receipt() const { return read_text(file(receipt_file)) == receipt_; }

bool JobFolder::is_finished(const std::vector<std::string>& files) const {
    const auto exists = [&](const std::string& name) { return std::filesystem::exists(file(name)); };
    return exists(result_file) && exists(time_file) && std::all_of(files.begin(), files.end(), exists) &&
           has_receipt();
}

JobTime JobFolder::time() const {
    return read(time_file, [](const std::string& text) { return parse_json(text).get<JobTime>(); });
}

void JobFolder::refuse(const std::string& name, const std::string& what) const {
    xgrad::fail<xgrad::DataError>(
        "job", fmt::format("{}: {}; delete {} to train anew", file(name).string(), what, path_.string()));
}

}  // namespace apps
