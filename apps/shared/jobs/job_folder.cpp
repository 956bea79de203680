#include "shared/jobs/job_folder.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shared/jobs/receipt.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/io/write_file.hpp>
#include <xgrad/train/checkpoint.hpp>

namespace apps {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(JobTime, total, step)

namespace {

std::string text_of(const nlohmann::json& value) { return value.dump(2) + "\n"; }

}  // namespace

JobFolder::JobFolder(std::filesystem::path path, nlohmann::json receipt)
    : path_(std::move(path)), receipt_(std::move(receipt)) {}

xgrad::Checkpointing JobFolder::checkpointing(xgrad::Checkpointing given, bool first) const {
    if (first) check(given.resume);
    given.folder = checkpoints();
    given.receipt = receipt_.dump();
    given.compare = receipt_differences;
    return given;
}

void JobFolder::check(bool resume) const {
    if (resume || std::filesystem::exists(file(result_file))) return;
    const std::vector<std::uint64_t> steps = xgrad::CheckpointFolder(checkpoints()).steps();
    if (!steps.empty())
        xgrad::fail<xgrad::ValueError>(
            "train",
            fmt::format(
                "{} holds a training that was interrupted, with a checkpoint of step {}: continue it with --resume, or delete {} to begin anew",
                path_.string(), steps.back(), checkpoints().string()));
}

void JobFolder::begin(bool resume) const {
    check(resume);
    if (!resume) xgrad::CheckpointFolder(checkpoints()).clear();
    xgrad::remove_leftovers(path_);
    std::filesystem::create_directories(path_);
    std::filesystem::remove(file(result_file));
    xgrad::write_file(file(receipt_file), text_of(receipt_));
}

void JobFolder::finish(const JobTime& time, const std::string& result) const {
    xgrad::write_file(file(time_file), text_of(time));
    xgrad::write_file(file(result_file), result);
}

std::optional<nlohmann::json> JobFolder::finished_receipt(
    bool strict, const std::function<void(const std::string&)>& warn) const {
    if (!std::filesystem::exists(file(result_file))) return std::nullopt;
    const std::string kept = read_text(file(receipt_file)).value_or("");
    const auto [training, last_bits] = receipt_differences(kept, receipt_.dump());
    const auto refuse = [&](const std::string& what) {
        xgrad::fail<xgrad::ValueError>("resume",
                                       fmt::format("{} holds a finished training{}", path_.string(), what));
    };
    if (!training.empty())
        refuse(fmt::format(", which is another: {}; give another --out, or leave out --resume to replace it",
                           fmt::join(training, "; ")));
    if (!last_bits.empty()) {
        const std::string what = fmt::format("whose last bits may be others: {}", fmt::join(last_bits, "; "));
        if (strict) refuse(fmt::format(" {}; leave out --strict to see it, or --resume to replace it", what));
        warn(fmt::format("this is a training {}", what));
    }
    return parse_json(kept);
}

std::optional<nlohmann::json> JobFolder::kept_receipt() const {
    if (!std::filesystem::exists(file(result_file))) return std::nullopt;
    try {
        return parse_json(read_text(file(receipt_file)).value_or(""));
    } catch (const std::exception&) {  // treated as no receipt
        return std::nullopt;
    }
}

bool JobFolder::has_receipt() const { return read_text(file(receipt_file)) == text_of(receipt_); }

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
