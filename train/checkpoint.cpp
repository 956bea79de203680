#include <xgrad/train/checkpoint.hpp>

#include <algorithm>
#include <charconv>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/io/crc32.hpp>

namespace fs = std::filesystem;

namespace xgrad {
namespace {

constexpr const char* format = "xgrad checkpoint 1";
constexpr std::string_view prefix = "checkpoint-", suffix = ".safetensors";

std::string checksum(const Safetensors& contents) {
    const std::string bytes = safetensors_bytes(contents);
    return fmt::format("{:08x}", crc32(std::as_bytes(std::span(bytes))));
}

std::optional<std::uint64_t> step_of(const std::string& name) {
    if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() <= prefix.size() + suffix.size())
        return std::nullopt;
    std::uint64_t step = 0;
    const char* last = name.data() + name.size() - suffix.size();
    const auto [end, error] = std::from_chars(name.data() + prefix.size(), last, step);
    return error == std::errc() && end == last ? std::optional(step) : std::nullopt;
}

}  // namespace

void write_checkpoint(const fs::path& file, Safetensors state) {
    state.metadata["format"] = format;
    state.metadata.erase("crc32");
    state.metadata["crc32"] = checksum(state);
    write_safetensors(file, state);
}

Safetensors read_checkpoint(const fs::path& file) {
    Safetensors state = read_safetensors(file);
    const auto refuse = [&](const std::string& what) {
        fail<DataError>("read_checkpoint", fmt::format("{}: {}", file.string(), what));
    };
    const auto written = state.metadata.extract("crc32");
    const auto found_format = state.metadata.find("format");
    if (written.empty() || found_format == state.metadata.end())
        refuse("is a safetensors file, but no checkpoint");
    if (found_format->second != format)
        refuse(fmt::format("expected the format '{}', found '{}'", format, found_format->second));
    if (const std::string found = checksum(state); found != written.mapped())
        refuse(
            fmt::format("expected the checksum {}, found {}: the file is damaged", written.mapped(), found));
    state.metadata.erase(found_format);
    return state;
}

CheckpointFolder::CheckpointFolder(fs::path folder, std::size_t keep)
    : folder_(std::move(folder)), keep_(keep) {
    if (keep == 0) fail<ValueError>("CheckpointFolder", "expected to keep at least 1 checkpoint, got 0");
}

fs::path CheckpointFolder::file(std::uint64_t step) const {
    return folder_ / fmt::format("{}{}{}", prefix, step, suffix);
}

std::vector<std::uint64_t> CheckpointFolder::steps() const {
    std::vector<std::uint64_t> steps;
    std::error_code error;
    const fs::directory_iterator entries(folder_, error);
    if (error && error != std::errc::no_such_file_or_directory)
        fail<DataError>("CheckpointFolder",
                        fmt::format("{}: cannot be listed: {}", folder_.string(), error.message()));
    for (const auto& entry : entries)
        if (const auto step = step_of(entry.path().filename().string())) steps.push_back(*step);
    std::sort(steps.begin(), steps.end());
    return steps;
}

void CheckpointFolder::write(std::uint64_t step, Safetensors state) const {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error)
        fail<DataError>("CheckpointFolder",
                        fmt::format("{}: cannot be created: {}", folder_.string(), error.message()));
    write_checkpoint(file(step), std::move(state));
    std::vector<std::uint64_t> old = steps();
    // Checkpoints of later steps are damaged, or this run would have resumed from them: they do not count.
    std::erase_if(old, [step](std::uint64_t other) { return other > step; });
    for (std::size_t i = 0; i + keep_ < old.size(); ++i) fs::remove(file(old[i]), error);
}

std::optional<Checkpoint> CheckpointFolder::newest(
    const std::function<void(const std::string&)>& on_damaged) const {
    std::vector<std::uint64_t> left = steps();
    if (left.empty()) return std::nullopt;
    for (; !left.empty(); left.pop_back()) {
        try {
            return Checkpoint{file(left.back()), left.back(), read_checkpoint(file(left.back()))};
        } catch (const DataError& error) {
            on_damaged(error.what());
        }
    }
    fail<DataError>("CheckpointFolder",
                    fmt::format("{}: none of its checkpoints can be read", folder_.string()));
}

void CheckpointFolder::remove(std::uint64_t step) const {
    std::error_code error;
    fs::remove(file(step), error);
    if (error)
        fail<DataError>("CheckpointFolder",
                        fmt::format("{}: cannot be removed: {}", file(step).string(), error.message()));
}

void CheckpointFolder::clear() const {
    for (const std::uint64_t step : steps()) remove(step);
}

}  // namespace xgrad
