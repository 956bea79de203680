// One training step of the report's 3-layer net on random numbers: whole_process times this program from
// start to exit.
#include "contestants/xgrad_net.hpp"

int main() {
    contest::XgradNet net(contest::net_of("3-layers"));
    std::cout << "loss " << net() << "\n";
}
