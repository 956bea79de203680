// The training step fused by hand: a contestant of side_by_side. It refuses to be timed if its losses differ
// from xgrad's.
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "floor.hpp"
#include "xgrad_net.hpp"

#include <xgrad/core/parallel.hpp>

namespace {

using contest::Floor;
using contest::XgradNet;

Floor floor_like(XgradNet& xgrad, const contest::Net& net, double rate) {
    std::vector<const float*> parameters;
    for (const auto& parameter : xgrad.parameters()) parameters.push_back(parameter.tensor.value().data());
    return Floor(net, xgrad.x().value().data(), xgrad.labels().data(), parameters, {.learning_rate = rate});
}

class FloorStep {
public:
    explicit FloorStep(const contest::Net& net) : floor_(verified(contest::flat(net))) {}

    void set_threads(int count) { xgrad::set_num_threads(count); }
    void operator()() { floor_(); }

private:
    // A learning rate so large that the loss depends on every gradient.
    static Floor verified(const contest::Net& net) {
        constexpr double rate = 0.05;
        XgradNet xgrad(net, rate);
        Floor floor = floor_like(xgrad, net, rate);
        for (int step = 0; step < 10; ++step) {
            const float expected = xgrad(), loss = floor();
            if (!(std::abs(loss - expected) <= 1e-5F * expected))
                throw std::runtime_error("the loss of step " + std::to_string(step) + " is " +
                                         std::to_string(loss) + ", and xgrad's " + std::to_string(expected));
        }
        XgradNet fresh(net);
        return floor_like(fresh, net, contest::learning_rate);
    }

    Floor floor_;
};

}  // namespace

int main() { return contest::converse<FloorStep>(std::string("OpenBLAS core ") + xgrad::blas_core()); }
