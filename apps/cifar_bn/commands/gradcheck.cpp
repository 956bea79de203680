#include <chrono>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/commands/options.hpp"
#include "cifar_bn/gradcheck/net_check.hpp"
#include "cifar_bn/gradcheck/table.hpp"
#include "shared/commands/options.hpp"
#include "shared/data/data_source.hpp"

#include <xgrad/core/error.hpp>

namespace cifar_bn {
namespace {

void check_ranges(const NetCheckOptions& options, std::size_t available) {
    const auto refuse = [](const std::string& message) {
        xgrad::fail<xgrad::ValueError>("gradcheck", message);
    };
    for (const std::size_t n : options.images)
        if (n == 0 || n > available)
            refuse(fmt::format("--images must be in 1 ... {}, got {}", available, n));
    if (!(options.step > 0)) refuse(fmt::format("--h must be positive, got {}", options.step));
    if (options.threads < 1) refuse(fmt::format("--threads must be at least 1, got {}", options.threads));
}

// Returns whether all bars are met.
bool run(const NetCheckOptions& options) {
    const xgrad::Dataset train = apps::open_data(options.data).train;
    check_ranges(options, train.size());
    const xgrad::Normalizer normalizer(train);
    bool passed = true;
    for (const std::size_t count : options.images) {
        const auto start = std::chrono::steady_clock::now();
        const NetCheck check = check_net(options, train, normalizer, count);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

        fmt::print("{}: the first {} training images\n{}\n", train.name(), count, check.net);
        fmt::print("cost {:.6f}; {} entries of the gradient, every one checked; {:.1f} s\n\n", check.cost,
                   check.judgement.entries, seconds.count());
        fmt::print("{}\n",
                   table(check.gradients, check.judgement, options.step, published_figures(options, count)));
        passed &= check.judgement.failures.empty();
    }
    fmt::print("{}", legend());
    fmt::print("\ngradcheck: {}\n", passed ? "passed" : "FAILED (see above)");
    return passed;
}

}  // namespace

void add_gradcheck(CLI::App& app) {
    auto options = std::make_shared<NetCheckOptions>();
    CLI::App* command = app.add_subcommand(
        "gradcheck",
        "Check the gradients that training uses: against hand-derived ones and numerical ones, for every weight of a net");
    command->add_option("--hidden", options->hidden, "Widths of the hidden layers, separated by commas")
        ->delimiter(',')
        ->type_name("N,N,...")
        ->capture_default_str();
    command
        ->add_option("--images", options->images,
                     "Check on the first so many training images; one check for each number")
        ->delimiter(',')
        ->type_name("N,N,...")
        ->capture_default_str();
    command->add_flag("--batch-norm,!--no-batch-norm", options->batch_norm,
                      "Batch norm after every hidden linear layer (default: on)");
    command->add_option("--bn-eps", options->epsilon, "Epsilon of batch norm")->capture_default_str();
    command->add_option("--lambda", options->lambda, "L2 regularization: adds lambda * sum(W^2) to the cost")
        ->capture_default_str();
    command->add_option("--h", options->step, "Step of the plain central differences")->capture_default_str();
    command->add_option("--seed", options->seed, "Of the weights")->capture_default_str();
    command->add_option("--threads", options->threads, "Threads for the numerical derivatives")
        ->capture_default_str();
    apps::add_data_option(*command, options->data);
    command->callback([options] {
        if (!run(*options)) throw CLI::RuntimeError(1);
    });
}

}  // namespace cifar_bn
