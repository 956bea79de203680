#include "shared/jobs/workers.hpp"

#include <unistd.h>

#include <atomic>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shared/files/packed_folder.hpp"
#include "shared/jobs/job_folder.hpp"
#include "shared/jobs/tasks.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>

namespace apps {
namespace {

constexpr const char* which = "which trainings do you run?";

// Where this process keeps the trainings that run, of which the first one gets the files.
class Scratch {
public:
    Scratch() : path_(std::filesystem::temp_directory_path() / fmt::format("xgrad-{}", ::getpid())) {}
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::filesystem::path next() { return path_ / std::to_string(++count_); }

private:
    std::filesystem::path path_;
    std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace

Workers::Workers(const World& world, const Receipt& receipt, bool mixed) : manager_(world) {
    const std::string own = nlohmann::json(receipt).dump();
    for (std::size_t rank = 1; rank < world.size(); ++rank) {
        const xgrad::ReceiptDifferences differences = receipt_differences(own, manager_.call(rank, which));
        const auto refuse = [&](const std::vector<std::string>& found, const char* what) {
            xgrad::fail<xgrad::ValueError>("jobs", fmt::format("rank {}, compared with rank 0: {}{}", rank,
                                                               fmt::join(found, "; "), what));
        };
        if (!differences.training.empty())
            refuse(differences.training, ": all processes must have the same program and data");
        if (!differences.last_bits.empty() && !mixed)
            refuse(differences.last_bits, ": the last bits may differ; --mixed accepts it");
    }
}

void Workers::run(std::size_t rank, const nlohmann::json& receipt, const std::filesystem::path& folder,
                  const std::function<void(std::uint64_t)>& on_step) const {
    std::string files;
    try {
        files = manager_.call(rank, receipt[options_key].dump(),
                              [&](const std::string& step) { on_step(std::stoull(step)); });
    } catch (const WorkerLost& lost) {
        throw GivenBack(lost.what());
    }
    unpack(files, folder, JobFolder::result_file);
}

void work_for_first(
    const World& world, const Receipt& receipt,
    const std::function<void(const nlohmann::json& options, const std::filesystem::path& folder,
                             const std::function<void(std::uint64_t)>& on_step)>& run) {
    xgrad::set_num_threads(1);
    Scratch scratch;
    work(world, [&](const std::string& request, const auto& news) {
        if (request == which) return nlohmann::json(receipt).dump();
        const std::filesystem::path folder = scratch.next();
        run(parse_json(request), folder, [&](std::uint64_t step) { news(std::to_string(step)); });
        std::string files = packed(folder);
        std::filesystem::remove_all(folder);
        return files;
    });
}

}  // namespace apps
