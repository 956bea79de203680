#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/training/config.hpp"
#include "shared/commands/commands.hpp"

int main(int argc, char** argv) { return apps::program_main(cifar_bn::program, cifar_bn::run, argc, argv); }
