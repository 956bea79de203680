#include "cifar_bn/gradcheck/numerical_gradient.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <thread>

#include <xgrad/autograd/gradcheck.hpp>

namespace cifar_bn {
namespace {

Estimate differentiate(PerturbedCost& cost, const ParameterId& parameter, std::size_t entry, double scale) {
    bool crossed = false;
    const auto f = [&](double delta) {
        const double value = cost.at(parameter, entry, delta);
        crossed |= cost.crossed_kink();
        return value;
    };
    Estimate best{0, std::numeric_limits<double>::infinity(), true};
    for (int power = 5; power <= 20; power += 3) {
        const double h = std::exp2(-power);
        crossed = false;
        f(h), f(-h);
        if (crossed) continue;
        const auto found = xgrad::numerical_derivative(std::ref(f), 0, h);
        // No ReLU switches within h, so an apparent kink is a bend on a scale below h: try a shorter step.
        if (crossed || found.kink) continue;
        if (found.error < best.error) best = {found.value, found.error, false};
        if (best.error <= 1e-10 * scale) break;
    }
    return best;
}

}  // namespace

NumericalGradient numerical_gradient(const HandNet& net, const HandBatch& batch, const ParameterId& parameter,
                                     double h, double scale, int threads) {
    const HandLayer& layer = net.layers[parameter.layer];
    const std::size_t entries = parameter.kind == Kind::weight ? layer.weight.size() : layer.out;
    NumericalGradient gradient{Values(entries), std::vector<Estimate>(entries)};
    const auto work = [&](std::size_t first, std::size_t last) {
        PerturbedCost cost(net, batch);
        for (std::size_t i = first; i < last; ++i) {
            gradient.central[i] = (cost.at(parameter, i, h) - cost.at(parameter, i, -h)) / (2 * h);
            gradient.extrapolated[i] = differentiate(cost, parameter, i, scale);
        }
    };
    std::vector<std::jthread> pool;
    const auto count = static_cast<std::size_t>(threads);
    for (std::size_t t = 0; t < count; ++t)
        pool.emplace_back(work, entries * t / count, entries * (t + 1) / count);
    pool.clear();  // joins the threads
    return gradient;
}

}  // namespace cifar_bn
