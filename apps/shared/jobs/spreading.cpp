#include "shared/jobs/spreading.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "shared/jobs/options.hpp"

#include <xgrad/core/error.hpp>

namespace apps {
namespace {

std::optional<std::size_t> number_in(std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<std::size_t> number_in_environment(const char* name) {
    const char* const text = std::getenv(name);
    return text ? number_in(text) : std::nullopt;
}

}  // namespace

Part parse_part(const std::string& text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const auto number = number_in(std::string_view(text).substr(0, slash));
    const auto count = number_in(std::string_view(text).substr(std::min(slash + 1, text.size())));
    expect(number && count && *number >= 1 && *number <= *count, "--part",
           fmt::format("I/N, such as 2/8, with I from 1 to N, got '{}'", text));
    return {*number, *count};
}

std::optional<Part> part_of_array() {
    const auto task = number_in_environment("SLURM_ARRAY_TASK_ID");
    const auto count = number_in_environment("SLURM_ARRAY_TASK_COUNT");
    const auto first = number_in_environment("SLURM_ARRAY_TASK_MIN");
    const std::size_t step = number_in_environment("SLURM_ARRAY_TASK_STEP").value_or(1);
    if (!task || !count || !first || step == 0) return std::nullopt;
    const std::size_t number = (*task - *first) / step + 1;
    if (*task < *first || number > *count)
        xgrad::fail<xgrad::ValueError>(
            "--part",
            fmt::format(
                "SLURM's task {0} is in an array of {1} that is no range, such as 1-{1}: give --part I/N",
                *task, *count));
    return Part{number, *count};
}

void add_spreading_options(CLI::App& command, Spreading& spreading) {
    command.add_option_function<int>(
        "--jobs",
        [&spreading](int jobs) {
            expect_count("--jobs", jobs);
            spreading.jobs = jobs;
        },
        "Trainings at a time, each on one thread (default: $XGRAD_NUM_THREADS, or all processors; with mpirun 1 in each process)");
    command
        .add_option_function<std::string>(
            "--part", [&spreading](const std::string& text) { spreading.part = parse_part(text); },
            "Run only the I-th of N parts of the trainings, beside other calls with the same --out; a last call without it makes the page (default: the task of a SLURM array)")
        ->type_name("I/N");
    command.add_flag(
        "--mixed", spreading.mixed,
        "Accept trainings of other builds of the program and other processors, whose last bits may be others; the page names them");
    command
        .add_option("--patience", spreading.patience,
                    "With mpirun: how many seconds without a sign of life a process is waited for")
        ->capture_default_str();
}

void complete(Spreading& spreading) {
    expect(spreading.patience >= 1, "--patience", fmt::format("at least 1, got {}", spreading.patience));
    if (!spreading.part) spreading.part = part_of_array();
    if (spreading.part && spreading.part->count == 1) spreading.part.reset();
}

void check_serve(const std::optional<int>& serve, const Spreading& spreading) {
    expect(!serve || !spreading.part, "--serve", "no --part, whose page only the last call makes");
}

}  // namespace apps
