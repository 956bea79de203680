#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apps/run_command.hpp"
#include "apps/small_data.hpp"
#include "cifar_conv/commands/commands.hpp"
#include "cifar_conv/training/config.hpp"

namespace xgrad::test {

/// A training on write_small_data() that takes a fraction of a second: 2 epochs of 25 steps of a small net.
inline cifar_conv::Config small_conv() {
    cifar_conv::Config config;
    config.width = 4;
    config.epochs = 2;
    config.batch_size = 20;
    config.learning_rate = 0.05;
    config.augment = false;  // of 4 x 5 pixels it leaves none
    config.validation = 100;
    config.threads = 1;
    return config;
}

/// Its options on the command line, but for the learning rate.
inline const std::string small_conv_options =
    " --width 4 --epochs 2 --batch-size 20 --no-augment --validation 100 ";

/// Runs `cifar_conv ARGUMENTS`. @param status  the expected exit status.
inline void run_conv(const std::string& arguments, int status = 0) {
    run_command(arguments, status, cifar_conv::run);
}

/// What `cifar_conv ARGUMENTS` prints.
inline std::string output_of_conv(const std::string& arguments, int status = 0) {
    return printed([&] { run_conv(arguments, status); });
}

}  // namespace xgrad::test
