#include "cifar_bn/experiments/study.hpp"

#include <fmt/format.h>

#include <xgrad/page/publish.hpp>
#include "shared/jobs/options.hpp"
#include "shared/report/status.hpp"

#include <xgrad/core/error.hpp>

#include <xgrad/io/write_file.hpp>

namespace cifar_bn {

void check_study(const StudyOptions& options) {
    check_config(options.config);
    apps::expect_count("--seeds", options.seeds.count);
    apps::check_serve(options.serve, options.spreading);
}

Study::Study(const StudyOptions& options, const std::vector<Job>& planned, const apps::World& world)
    : options_(options),
      source_(apps::open_checked_data(options.data)),
      data_(apps::split(source_.data, options.config.validation, options.config.images)),
      lock_(options.out, program, options.spreading.part.has_value()),
      display_(stdout),
      runner_(options.out / "jobs", data_, source_.checksums, options.spreading, display_, world) {
    runner_.plan(planned);
}

void Study::work(const StudyOptions& options, const apps::World& world) {
    const apps::CheckedData source = apps::open_checked_data(options.data);
    JobRunner::work(world, apps::split(source.data, options.config.validation, options.config.images),
                    source.checksums);
}

std::unique_ptr<xgrad::page::LivePage> Study::live_page(
    const std::string& title, const std::string& subtitle,
    std::function<std::vector<xgrad::page::Section>()> sections) {
    if (options_.spreading.part) return nullptr;
    return std::make_unique<xgrad::page::LivePage>(
        options_.out, [this, title, subtitle, sections = std::move(sections)] {
            xgrad::page::Document document{title, subtitle, {apps::status_section(display_.status())}};
            for (xgrad::page::Section& section : sections()) document.sections.push_back(std::move(section));
            return document;
        });
}

void Study::publish(const xgrad::page::Document& document) const {
    xgrad::set_num_threads(options_.spreading.jobs);
    xgrad::page::publish(document, options_.out);
}

}  // namespace cifar_bn
