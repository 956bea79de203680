#include <xgrad/train/metrics_log.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/train/training_state.hpp>

namespace xgrad {
namespace {

// A field in quotes, if it has to be (RFC 4180).
std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == text.npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + '"';
}

}  // namespace

MetricsLog::MetricsLog(std::filesystem::path path) : path_(std::move(path)) {}

MetricsLog::~MetricsLog() {
    if (file_ >= 0) ::close(file_);
}

void MetricsLog::fail_to(const char* step) const {
    fail<DataError>("MetricsLog", fmt::format("{}: cannot {}: {}", path_.string(), step,
                                              std::generic_category().message(errno)));
}

void MetricsLog::add_to(TrainingState& state, const std::string& name) { state.add(name, size_); }

void MetricsLog::on_start(std::uint64_t, std::uint64_t) {
    std::error_code error;
    if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), error);
    if (file_ < 0) file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) fail_to("open it");
    struct ::stat found;
    if (::fstat(file_, &found) != 0) fail_to("read its length");
    if (static_cast<std::uint64_t>(found.st_size) < size_)
        fail<DataError>(
            "MetricsLog",
            fmt::format(
                "{}: has {} bytes, but had {} when the checkpoint was written: put the file back, or start anew",
                path_.string(), found.st_size, size_));
    if (::ftruncate(file_, static_cast<::off_t>(size_)) != 0) fail_to("cut it");
    if (::lseek(file_, 0, SEEK_END) < 0) fail_to("go to its end");
    if (size_ == 0) append(header());
}

void MetricsLog::on_step(const StepRecord& record) {
    if (!record.values.empty()) append(entry(record));
}

void MetricsLog::on_checkpoint() {
    if (::fsync(file_) != 0) fail_to("sync it");
}

void MetricsLog::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ::ssize_t count = ::write(file_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail_to("write it");
        bytes.remove_prefix(static_cast<std::size_t>(count));
        size_ += static_cast<std::uint64_t>(count);
    }
}

CsvLog::CsvLog(std::filesystem::path path, std::vector<std::string> columns)
    : MetricsLog(std::move(path)), columns_(std::move(columns)) {
    if (columns_.empty()) fail<ValueError>("CsvLog", "there are no columns");
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (columns_[i] == "step" ||
            std::find(columns_.begin(), columns_.begin() + static_cast<std::ptrdiff_t>(i), columns_[i]) !=
                columns_.begin() + static_cast<std::ptrdiff_t>(i))
            fail<ValueError>("CsvLog", fmt::format("there are two columns {}", columns_[i]));
}

std::string CsvLog::header() const {
    std::string line = "step";
    for (const std::string& column : columns_) line += "," + csv_field(column);
    return line + "\n";
}

std::string CsvLog::entry(const StepRecord& record) const {
    std::string line = fmt::format("{}", record.step);
    bool any = false;
    for (const std::string& column : columns_) {
        const double* value = record.find(column);
        line += value ? fmt::format(",{}", *value) : ",";
        any = any || value;
    }
    return any ? line + "\n" : "";
}

std::string JsonLinesLog::entry(const StepRecord& record) const {
    nlohmann::ordered_json line{{"step", record.step}};
    for (const auto& [name, value] : record.values) line[name] = value;
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace xgrad
