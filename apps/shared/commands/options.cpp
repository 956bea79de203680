#include "shared/commands/options.hpp"

#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include <xgrad/page/shell.hpp>
#include <xgrad/train/stop_signals.hpp>

#include <xgrad/core/error.hpp>

namespace apps {

void add_data_option(CLI::App& command, std::string& data) {
    command
        .add_option(
            "--data", data,
            "Folder with CIFAR-10 or CIFAR-100 (binary version), or Fashion-MNIST (default: $CIFAR10_DIR, or downloads/)")
        ->type_name("DIR");
}

void add_split_options(CLI::App& command, std::size_t& validation, std::size_t& images) {
    command
        .add_option("--validation", validation,
                    "How many of the last training images are held out for validation")
        ->capture_default_str();
    command
        .add_option("--images", images,
                    "How many of the other training images are used, the first ones; 0: all")
        ->capture_default_str();
}

void add_config_option(CLI::App& command, const std::function<void(const std::string& file)>& read) {
    command
        .add_option_function<std::string>("--config", read,
                                          "Start from the options in a config.json of an earlier run")
        ->trigger_on_parse()
        ->type_name("FILE");
}

void add_train_out_option(CLI::App& command, std::filesystem::path& out) {
    command
        .add_option("--out", out, "Folder for the results; what it holds of an earlier training is replaced")
        ->type_name("DIR")
        ->capture_default_str();
}

void add_seed_option(CLI::App& command, std::uint64_t& seed) {
    command.add_option("--seed", seed, "Of the weights and of the order of the images")
        ->capture_default_str();
}

void add_threads_option(CLI::App& command, int& threads) {
    command
        .add_option("--threads", threads, "Threads to compute with: $XGRAD_NUM_THREADS, or all processors")
        ->capture_default_str();
}

void add_process_options(CLI::App& command, std::size_t& shards, int& patience) {
    command
        .add_option(
            "--shards", shards,
            "Parts of a batch, which all processes of mpirun share; the result depends on their number, but not on that of the processes. 0: one process computes the batch as a whole")
        ->capture_default_str();
    command
        .add_option("--patience", patience,
                    "Seconds that a process waits for the others before it ends them all")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
}

void add_serve_option(CLI::App& command, std::optional<int>& port) {
    static constexpr int usual_port = 8000;
    command
        .add_option_function<std::string>(
            "--serve",
            [&port](const std::string& text) {
                port = usual_port;
                constexpr int highest_port = 65535;
                if (!text.empty() &&
                    !(CLI::detail::lexical_cast(text, *port) && 0 <= *port && *port <= highest_port))
                    throw CLI::ConversionError(text, "--serve");
            },
            fmt::format(
                "Offer the page to browsers on this machine at http://127.0.0.1:PORT (default: {}), from the "
                "beginning until Ctrl-C",
                usual_port))
        ->expected(0, 1)
        ->type_name("[PORT]");
}

std::unique_ptr<PageServer> server_of(const std::filesystem::path& folder, const std::optional<int>& port) {
    if (!port) return nullptr;
    auto server = std::make_unique<PageServer>(folder, *port);
    fmt::print("the page is at {}\n", server->address());
    std::fflush(stdout);
    return server;
}

void add_checkpoint_options(CLI::App& command, xgrad::Checkpointing& checkpointing) {
    command
        .add_option(
            "--checkpoint-every", checkpointing.every,
            "Steps from one checkpoint to the next; 0: one only where SIGINT (Ctrl-C) or SIGTERM ends the training")
        ->type_name("STEPS")
        ->capture_default_str();
    command.add_option("--keep", checkpointing.keep, "How many checkpoints are kept, the last ones")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command.add_flag(
        "--resume", checkpointing.resume,
        "Go on from the newest checkpoint in --out, if there is one, with the options it was written with");
    command.add_flag(
        "--strict", checkpointing.strict,
        "With --resume: fail rather than warn where another build, processor or number of threads may give other last bits");
}

void check_checkpoint_options(const xgrad::Checkpointing& checkpointing) {
    if (checkpointing.strict && !checkpointing.resume)
        xgrad::fail<xgrad::ValueError>("--strict", "says how to --resume, which is not given");
}

std::string train_command(const std::string& program, const std::filesystem::path& out,
                          const std::string& data) {
    using xgrad::page::shell_quoted;
    return fmt::format("{} train --config {} --out {}{}", program,
                       shell_quoted((out / "config.json").string()), shell_quoted(out.string()),
                       data.empty() ? "" : " --data " + shell_quoted(data));
}

void print_stopped(const xgrad::Stopped& stopped, const std::string& program,
                   const std::filesystem::path& out, const std::string& data,
                   std::uint64_t checkpoint_every) {
    fmt::print("\nstopped after step {}: {}\ncontinue with: {} --resume{}\n", stopped.step,
               stopped.checkpoint.string(), train_command(program, out, data),
               checkpoint_every == 0 ? "" : fmt::format(" --checkpoint-every {}", checkpoint_every));
}

void end_by_signal() {
    constexpr int killed = 128;  // the exit status of a killed process in a shell is 128 + signal
    const int received = xgrad::StopSignals::received();
    throw CLI::RuntimeError(killed + (received != 0 ? received : SIGTERM));  // or another process received it
}

}  // namespace apps
