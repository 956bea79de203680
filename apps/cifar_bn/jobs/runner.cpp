#include "cifar_bn/jobs/runner.hpp"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cifar_bn/jobs/receipt.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>

namespace cifar_bn {

JobRunner::JobRunner(std::filesystem::path folder, const Split& data,
                     const std::map<std::string, std::string>& checksums, int at_once, JobsDisplay& display)
    : folder_(std::move(folder)),
      data_(data),
      receipt_(cifar_bn::receipt({}, data, checksums)),
      at_once_(at_once),
      display_(display) {
    if (at_once < 1)
        xgrad::fail<xgrad::ValueError>("--jobs", fmt::format("expected at least 1, got {}", at_once));
}

std::vector<JobResult> JobRunner::run(const std::vector<Job>& jobs) {
    std::set<std::string> names;
    for (const Job& job : jobs)
        if (!names.insert(job.name).second)
            xgrad::fail<xgrad::ValueError>(
                "jobs", fmt::format("two trainings would be called {}; give each value once", job.name));
    xgrad::set_num_threads(1);
    std::vector<std::optional<JobResult>> results(jobs.size());
    std::vector<std::string> failures;
    std::mutex mutex;  // of `failures`
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < jobs.size(); i = next++) {
            const auto& [name, config] = jobs[i];
            try {
                nlohmann::json header = receipt_;
                header["options"] = to_json(config);
                results[i] = finished_job(folder(jobs[i]), header);
                if (results[i]) {
                    display_.reused(config);
                    continue;
                }
                std::filesystem::remove_all(folder(jobs[i]));
                JobsDisplay::Job shown(display_, name, config);
                TrainObserver observer;
                observer.on_step = [&](const Progress& progress) { shown.step(progress); };
                results[i] = run_job(folder(jobs[i]), header, config, data_, observer);
                shown.finish(results[i]->last());
            } catch (const std::exception& error) {
                const std::scoped_lock lock(mutex);
                failures.push_back(fmt::format("{}: {}", name, error.what()));
            }
        }
    };
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < at_once_; ++i) workers.emplace_back(work);
    }
    if (!failures.empty())
        xgrad::fail<xgrad::Error>(
            "jobs", fmt::format("{} of {} trainings failed; the others are done\n  {}", failures.size(),
                                jobs.size(), fmt::join(failures, "\n  ")));
    std::vector<JobResult> complete;
    for (auto& result : results) {
        seconds_ += result->time.total;
        complete.push_back(std::move(*result));
    }
    return complete;
}

}  // namespace cifar_bn
