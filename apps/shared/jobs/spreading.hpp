#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "shared/processes/world.hpp"

#include <xgrad/core/parallel.hpp>

namespace apps {

/// One of the equal parts into which trainings are cut.
struct Part {
    std::size_t number, count;  ///< the number is from 1 to the count

    /// Whether training `i` is in it.
    bool has(std::size_t i) const { return i % count == number - 1; }
    std::string text() const { return fmt::format("{}/{}", number, count); }
};

/// The part `2/8`. @throws xgrad::ValueError  the text is none.
Part parse_part(const std::string& text);
/// That of this task of a SLURM array, by its environment variables; none if there is no array.
/// @throws xgrad::ValueError  the array is not a range.
std::optional<Part> part_of_array();

/// How many trainings are spread over processes.
struct Spreading {
    int jobs = 0;  ///< trainings at once in each process; 0: spread_over_processes() sets it
    std::optional<Part> part = {};  ///< the trainings that this call runs, if not all; then it makes no page
    bool mixed = false;  ///< other builds and processors may have run some of them
    int patience = 300;  ///< seconds without a sign of life after which a process is lost
};

/// Adds --jobs, --part, --mixed and --patience.
void add_spreading_options(CLI::App& command, Spreading& spreading);

/// Takes the part of a SLURM array if none is given, and leaves out one that is all.
/// @throws xgrad::ValueError  an option is wrong.
void complete(Spreading& spreading);

/// @throws xgrad::ValueError  --serve is given in a call that makes no page.
void check_serve(const std::optional<int>& serve, const Spreading& spreading);

/// Thrown when the trainings of a Part are done, but not all others.
class PartDone : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Calls f(world) in all processes. It may throw PartDone, whose text is printed. If `jobs` is not set, it
/// becomes the number of threads, or 1 if there are several processes.
/// @throws xgrad::ValueError  as complete().
template <class F>
void spread_over_processes(Spreading& spreading, F f) {
    complete(spreading);
    const World world(std::chrono::seconds(spreading.patience));
    if (spreading.jobs == 0) spreading.jobs = world.size() > 1 ? 1 : xgrad::num_threads();
    world.run([&] {
        try {
            f(world);
        } catch (const PartDone& done) {
            fmt::print("{}\n", done.what());
        }
    });
}

}  // namespace apps
