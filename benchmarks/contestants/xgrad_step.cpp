// A training step of xgrad: a contestant of side_by_side.
#include "xgrad_net.hpp"

int main() {
    return contest::converse<contest::XgradNet>(std::string("OpenBLAS core ") + xgrad::blas_core());
}
