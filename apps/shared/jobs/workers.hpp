#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "shared/jobs/receipt.hpp"
#include "shared/processes/world.hpp"

namespace apps {

/// In the first process: the others, which must be in work_for_first() and run trainings for it.
class Workers {
public:
    /// @param receipt  of the trainings, without options.
    /// @param mixed    the others may be other builds, and have other processors.
    /// @throws xgrad::ValueError  a process would run other trainings.
    Workers(const World& world, const Receipt& receipt, bool mixed);

    /// Has a process run a training, and gives `folder` its files.
    /// @param receipt  the training's.
    /// @throws GivenBack  the process is lost.
    void run(std::size_t rank, const nlohmann::json& receipt, const std::filesystem::path& folder,
             const std::function<void(std::uint64_t)>& on_step) const;

private:
    Manager manager_;
};

/// In another process: runs what the first one asks for, until it ends. Sets the number of threads per
/// computation (set_num_threads) to 1.
/// @param receipt  of the trainings, without options.
/// @param run      runs the training with these options in a folder, which does not exist yet.
void work_for_first(
    const World& world, const Receipt& receipt,
    const std::function<void(const nlohmann::json& options, const std::filesystem::path& folder,
                             const std::function<void(std::uint64_t)>& on_step)>& run);

}  // namespace apps
