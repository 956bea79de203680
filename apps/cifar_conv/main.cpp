#include "cifar_conv/commands/commands.hpp"
#include "cifar_conv/training/config.hpp"
#include "shared/commands/commands.hpp"

int main(int argc, char** argv) {
    return apps::program_main(cifar_conv::program, cifar_conv::run, argc, argv);
}
