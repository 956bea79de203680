#include "cifar_bn/experiments/study.hpp"

#include <fmt/format.h>

#include "shared/page/publish.hpp"

#include <xgrad/core/error.hpp>

#include <xgrad/io/write_file.hpp>

namespace cifar_bn {

void check_study(const StudyOptions& options) {
    check_config(options.config);
    const auto expect = [](bool condition, const char* option, int value) {
        if (!condition)
            xgrad::fail<xgrad::ValueError>(option, fmt::format("expected 1 to 1000, got {}", value));
    };
    expect(options.jobs >= 1 && options.jobs <= 1000, "--jobs", options.jobs);
    expect(options.seeds >= 1 && options.seeds <= 1000, "--seeds", options.seeds);
}

namespace {

std::vector<apps::JobPlan> plans_of(const std::vector<Job>& jobs, const apps::Split& data) {
    std::vector<apps::JobPlan> plans;
    plans.reserve(jobs.size());
    for (const Job& job : jobs) plans.push_back(plan_of(job, data));
    return plans;
}

}  // namespace

Study::Study(const StudyOptions& options, const std::vector<Job>& planned)
    : options_(options),
      source_(apps::open_checked_data(options.data)),
      data_(apps::split(source_.data, options.config.validation, options.config.images)),
      lock_(options.out, program),
      display_(plans_of(planned, data_), stdout),
      runner_(options.out / "jobs", data_, source_.checksums, options.jobs, display_) {}

void Study::publish(const apps::Document& document) const {
    xgrad::set_num_threads(options_.jobs);
    apps::publish(document, options_.out);
}

}  // namespace cifar_bn
