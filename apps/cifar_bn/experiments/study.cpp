#include "cifar_bn/experiments/study.hpp"

#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cifar_bn/commands/options.hpp"
#include "shared/page/gnuplot.hpp"
#include "shared/page/html.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/io/write_file.hpp>

namespace cifar_bn {

void check(const StudyOptions& options) {
    check(options.config);
    const auto expect = [](bool condition, const char* option, int value) {
        if (!condition)
            xgrad::fail<xgrad::ValueError>(option, fmt::format("expected 1 to 1000, got {}", value));
    };
    expect(options.jobs >= 1 && options.jobs <= 1000, "--jobs", options.jobs);
    expect(options.seeds >= 1 && options.seeds <= 1000, "--seeds", options.seeds);
}

void add_study_options(CLI::App& command, StudyOptions& options) {
    command
        .add_option("--jobs", options.jobs,
                    "Trainings at a time, each on one thread: $XGRAD_NUM_THREADS, or all processors")
        ->capture_default_str();
    add_data_option(command, options.data);
    command
        .add_option("--out", options.out,
                    "Folder for all results; trainings that are complete in it are not run again")
        ->type_name("DIR")
        ->capture_default_str();
}

void add_seeds_option(CLI::App& command, StudyOptions& options) {
    command.add_option("--seeds", options.seeds, "Train every net with the seeds 1 to N")
        ->type_name("N")
        ->capture_default_str();
}

Study::Study(const StudyOptions& options, const std::vector<TrainConfig>& planned)
    : options_(options),
      source_(open_checked_data(options.data)),
      data_(split(source_.data, options.config.validation, options.config.images)),
      lock_(options.out),
      display_(planned, data_, stdout, isatty(STDOUT_FILENO) != 0),
      runner_(options.out / "jobs", data_, source_.checksums, options.jobs, display_) {}

void Study::publish(const Document& document) const {
    for (const auto& folder : {options_.out, options_.out / "figures"}) xgrad::remove_leftovers(folder);
    const std::vector<Figure> figures = figures_of(document);
    xgrad::set_num_threads(options_.jobs);
    const auto [has_gnuplot, svgs, failures] = draw(figures, options_.out / "figures");
    xgrad::write_file(options_.out / "report.md", to_markdown(document, svgs));
    xgrad::write_file(options_.out / "index.html", to_html(document, svgs));
    if (has_gnuplot)
        fmt::print("{} figures in {}\n", svgs.size(), (options_.out / "figures").string());
    else
        fmt::print(
            "gnuplot is not installed, so that no figure is drawn: install it (Debian: gnuplot-nox) and run this again.\n");
    fmt::print("written: {0}/index.html and {0}/report.md\n", options_.out.string());
    if (!failures.empty())
        xgrad::fail<xgrad::DataError>(
            "figures", fmt::format("{} of {} are not drawn; all else is written\n  {}", failures.size(),
                                   figures.size(), fmt::join(failures, "\n  ")));
}

}  // namespace cifar_bn
