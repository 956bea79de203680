// A penalty on the gradient with respect to the input (Gulrajani et al. 2017, arXiv:1704.00028), which makes
// a net's slope 1: the gradient is differentiated again with respect to the weights.
#include <cmath>
#include <iostream>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main() {
    Rng rng(1);
    Sequential net{Linear(2, 32, rng), Tanh(), Linear(32, 1, rng)};
    Adam adam(net.parameters(), {.learning_rate = 0.01});
    float slope = 0;
    for (int step = 0; step < 300; ++step) {
        Tensor x = randn({64, 2}, rng);
        x.set_requires_grad(RequiresGrad::yes);
        net.zero_grad();
        Tape tape;
        const Tensor gradient = grad(sum(net(x)), {x}, {.create_graph = true})[0];
        const Tensor slopes = norm(gradient, 2, {1});
        mean(square(slopes - 1.0)).backward();
        adam.step();
        slope = mean(slopes.detach()).item();
        if (step % 100 == 0) std::cout << "step " << step << ", mean slope " << slope << "\n";
    }
    std::cout << "mean slope " << slope << "\n";
    return std::abs(slope - 1) < 0.1F ? 0 : 1;
}
