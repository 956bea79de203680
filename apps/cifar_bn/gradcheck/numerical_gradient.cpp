#include "cifar_bn/gradcheck/numerical_gradient.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <thread>

#include <xgrad/autograd/gradcheck.hpp>

namespace cifar_bn {

PerturbedCost::PerturbedCost(const HandNet& net, const HandBatch& batch)
    : net_(net),
      batch_(batch),
      base_(forward(net, batch)),
      column_(batch.size),
      normalized_column_(batch.size) {
    for (const HandLayer& layer : net.layers) {
        Layer workspace;
        workspace.transposed.resize(layer.weight.size());
        for (std::size_t i = 0; i < layer.out; ++i)
            for (std::size_t j = 0; j < layer.in; ++j)
                workspace.transposed[j * layer.out + i] = layer.weight[i * layer.in + j];
        for (Values* values : {&workspace.s, &workspace.h}) values->resize(batch.size * layer.out);
        workspace.inverse_deviation.resize(layer.out);
        layers_.push_back(std::move(workspace));
        for (const double w : layer.weight) penalty_ += net.lambda * w * w;
    }
}

double PerturbedCost::at(const ParameterId& parameter, std::size_t entry, double delta) {
    const std::size_t l = parameter.layer, rows = batch_.size;
    const HandLayer& layer = net_.layers[l];
    const HandActivations& base = base_[l];
    const std::size_t unit = parameter.kind == Kind::weight ? entry / layer.in : entry;
    crossed_ = false;

    double penalty = penalty_;
    for (std::size_t r = 0; r < rows; ++r) column_[r] = base.s[r * layer.out + unit];
    if (parameter.kind == Kind::weight) {
        for (std::size_t r = 0; r < rows; ++r) column_[r] += delta * base.x[r * layer.in + entry % layer.in];
        penalty += net_.lambda * delta * (2 * layer.weight[entry] + delta);
    } else if (parameter.kind == Kind::bias) {
        for (double& s : column_) s += delta;
    }
    if (l + 1 == net_.layers.size()) {
        layers_[l].s = base.s;
        for (std::size_t r = 0; r < rows; ++r) layers_[l].s[r * layer.out + unit] = column_[r];
        return mean_cross_entropy(layers_[l].s, batch_.labels) + penalty;
    }

    if (!layer.gamma.empty()) {
        double inverse_deviation;
        normalize_columns(rows, 1, column_.data(), net_.epsilon, normalized_column_.data(),
                          &inverse_deviation);
        const double gamma = layer.gamma[unit] + (parameter.kind == Kind::gamma ? delta : 0);
        const double beta = layer.beta[unit] + (parameter.kind == Kind::beta ? delta : 0);
        for (std::size_t r = 0; r < rows; ++r) column_[r] = gamma * normalized_column_[r] + beta;
    }

    // The change of the next layer's s is the outer product of the change of this unit's output and the
    // unit's column of weights.
    const std::size_t out = net_.layers[l + 1].out;
    const double* weights = &layers_[l + 1].transposed[unit * out];
    layers_[l + 1].s = base_[l + 1].s;
    for (std::size_t r = 0; r < rows; ++r) {
        const double before = base.scores[r * layer.out + unit];
        crossed_ |= (column_[r] > 0) != (before > 0);
        const double change = std::max(column_[r], 0.0) - std::max(before, 0.0);
        double* s = &layers_[l + 1].s[r * out];
        for (std::size_t i = 0; i < out; ++i) s[i] += change * weights[i];
    }
    for (std::size_t next = l + 1; next + 1 < net_.layers.size(); ++next) {
        activate(next);
        multiply(next);
    }
    return mean_cross_entropy(layers_.back().s, batch_.labels) + penalty;
}

void PerturbedCost::activate(std::size_t l) {
    const HandLayer& layer = net_.layers[l];
    Layer& now = layers_[l];
    const std::size_t n = layer.out;
    const double* scores = now.s.data();
    if (!layer.gamma.empty()) {
        normalize_columns(batch_.size, n, scores, net_.epsilon, now.h.data(), now.inverse_deviation.data());
        for (std::size_t r = 0; r < batch_.size; ++r)
            for (std::size_t i = 0; i < n; ++i)
                now.h[r * n + i] = layer.gamma[i] * now.h[r * n + i] + layer.beta[i];
        scores = now.h.data();
    }
    int crossed = 0;
    for (std::size_t i = 0; i < now.h.size(); ++i) {
        crossed |= (scores[i] > 0) != (base_[l].scores[i] > 0);
        now.h[i] = std::max(scores[i], 0.0);
    }
    crossed_ |= crossed != 0;
}

void PerturbedCost::multiply(std::size_t l) {
    const HandLayer& next = net_.layers[l + 1];
    for (std::size_t r = 0; r < batch_.size; ++r) {
        double* s = &layers_[l + 1].s[r * next.out];
        std::copy(next.bias.begin(), next.bias.end(), s);
        for (std::size_t j = 0; j < next.in; ++j) {
            const double h = layers_[l].h[r * next.in + j];
            if (h == 0) continue;
            const double* weights = &layers_[l + 1].transposed[j * next.out];
            for (std::size_t i = 0; i < next.out; ++i) s[i] += h * weights[i];
        }
    }
}

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
