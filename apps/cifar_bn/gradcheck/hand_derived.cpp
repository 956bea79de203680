#include "cifar_bn/gradcheck/hand_derived.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace cifar_bn {
namespace {

void check_shapes(const HandNet& net, const HandBatch& batch) {
    const auto expect = [](std::size_t expected, std::size_t found, const char* what) {
        if (expected != found)
            xgrad::fail<xgrad::ShapeError>("hand_derived",
                                           fmt::format("expected {} {}, got {}", expected, what, found));
    };
    expect(batch.size, batch.labels.size(), "labels");
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        const HandLayer& layer = net.layers[l];
        expect(l == 0 ? layer.in : net.layers[l - 1].out, layer.in, "inputs");
        expect(layer.in * layer.out, layer.weight.size(), "weights");
        expect(layer.out, layer.bias.size(), "biases");
        expect(layer.gamma.size(), layer.beta.size(), "betas");
        if (!layer.gamma.empty()) expect(layer.out, layer.gamma.size(), "gammas");
    }
    expect(batch.size * net.layers.front().in, batch.x.size(), "input values");
}

Values affine(const HandLayer& layer, const Values& x, std::size_t rows) {
    Values s(rows * layer.out);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t i = 0; i < layer.out; ++i) {
            double sum = layer.bias[i];
            for (std::size_t j = 0; j < layer.in; ++j)
                sum += layer.weight[i * layer.in + j] * x[r * layer.in + j];
            s[r * layer.out + i] = sum;
        }
    return s;
}

// G := (softmax(logits) - one_hot) / n
Values output_gradient(const Values& logits, const std::vector<std::int32_t>& labels) {
    const std::size_t rows = labels.size(), classes = logits.size() / rows;
    Values g(logits.size());
    for (std::size_t r = 0; r < rows; ++r) {
        const double* s = &logits[r * classes];
        const double maximum = *std::max_element(s, s + classes);
        double sum = 0;
        for (std::size_t c = 0; c < classes; ++c) sum += std::exp(s[c] - maximum);
        for (std::size_t c = 0; c < classes; ++c)
            g[r * classes + c] = std::exp(s[c] - maximum) / sum / static_cast<double>(rows);
        g[r * classes + static_cast<std::size_t>(labels[r])] -= 1 / static_cast<double>(rows);
    }
    return g;
}

// Converts the gradient of the cost with respect to gamma normalized + beta to the one with respect to s.
void batch_norm_backward(const HandLayer& layer, const HandActivations& a, std::size_t rows, Values& g,
                         HandLayer& gradient) {
    const std::size_t n = layer.out;
    const double count = static_cast<double>(rows);
    for (std::size_t i = 0; i < n; ++i) {
        double mean = 0, dvariance = 0, dmean = 0;
        for (std::size_t r = 0; r < rows; ++r) mean += a.s[r * n + i];
        mean /= count;
        const double inverse = a.inverse_deviation[i];
        for (std::size_t r = 0; r < rows; ++r) {
            double& at = g[r * n + i];
            gradient.gamma[i] += at * a.normalized[r * n + i];
            gradient.beta[i] += at;
            at *= layer.gamma[i];
            dvariance -= 0.5 * at * (a.s[r * n + i] - mean) * inverse * inverse * inverse;
            dmean -= at * inverse;
        }
        for (std::size_t r = 0; r < rows; ++r) {
            double& at = g[r * n + i];
            at = at * inverse + dvariance * 2 / count * (a.s[r * n + i] - mean) + dmean / count;
        }
    }
}

}  // namespace

void normalize_columns(std::size_t rows, std::size_t columns, const double* s, double epsilon,
                       double* normalized, double* inverse_deviation) {
    const double count = static_cast<double>(rows);
    thread_local Values mean;
    mean.assign(columns, 0.0);
    std::fill_n(inverse_deviation, columns, 0.0);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t i = 0; i < columns; ++i) mean[i] += s[r * columns + i] / count;
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t i = 0; i < columns; ++i) {
            const double centered = s[r * columns + i] - mean[i];
            normalized[r * columns + i] = centered;
            inverse_deviation[i] += centered * centered / count;
        }
    for (std::size_t i = 0; i < columns; ++i)
        inverse_deviation[i] = 1 / std::sqrt(inverse_deviation[i] + epsilon);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t i = 0; i < columns; ++i) normalized[r * columns + i] *= inverse_deviation[i];
}

std::vector<HandActivations> forward(const HandNet& net, const HandBatch& batch) {
    check_shapes(net, batch);
    std::vector<HandActivations> all;
    Values x = batch.x;
    for (const HandLayer& layer : net.layers) {
        HandActivations a;
        a.s = affine(layer, x, batch.size);
        a.x = std::move(x);
        a.scores = a.s;
        if (!layer.gamma.empty()) {
            a.normalized.resize(a.s.size());
            a.inverse_deviation.resize(layer.out);
            normalize_columns(batch.size, layer.out, a.s.data(), net.epsilon, a.normalized.data(),
                              a.inverse_deviation.data());
            for (std::size_t r = 0; r < batch.size; ++r)
                for (std::size_t i = 0; i < layer.out; ++i)
                    a.scores[r * layer.out + i] =
                        layer.gamma[i] * a.normalized[r * layer.out + i] + layer.beta[i];
        }
        x = a.scores;
        for (double& h : x) h = std::max(h, 0.0);
        all.push_back(std::move(a));
    }
    return all;
}

double mean_cross_entropy(const Values& logits, const std::vector<std::int32_t>& labels) {
    const std::size_t classes = logits.size() / labels.size();
    double total = 0;
    for (std::size_t r = 0; r < labels.size(); ++r) {
        const double* s = &logits[r * classes];
        const double maximum = *std::max_element(s, s + classes);
        double sum = 0;
        for (std::size_t c = 0; c < classes; ++c) sum += std::exp(s[c] - maximum);
        total += std::log(sum) - (s[labels[r]] - maximum);
    }
    return total / static_cast<double>(labels.size());
}

double cost(const HandNet& net, const HandBatch& batch) {
    double squares = 0;
    for (const HandLayer& layer : net.layers)
        for (const double w : layer.weight) squares += w * w;
    return mean_cross_entropy(forward(net, batch).back().scores, batch.labels) + net.lambda * squares;
}

std::vector<HandLayer> gradients(const HandNet& net, const HandBatch& batch) {
    const std::vector<HandActivations> activations = forward(net, batch);
    std::vector<HandLayer> all(net.layers.size());
    Values g = output_gradient(activations.back().scores, batch.labels);
    for (std::size_t l = net.layers.size(); l-- > 0;) {
        const HandLayer& layer = net.layers[l];
        const HandActivations& a = activations[l];
        HandLayer& gradient = all[l];
        gradient = {layer.in,
                    layer.out,
                    layer.weight,
                    Values(layer.out),
                    Values(layer.gamma.size()),
                    Values(layer.beta.size())};
        if (l + 1 < net.layers.size())
            for (std::size_t i = 0; i < g.size(); ++i)
                if (!(a.scores[i] > 0)) g[i] = 0;
        if (!layer.gamma.empty()) batch_norm_backward(layer, a, batch.size, g, gradient);

        for (double& w : gradient.weight) w *= 2 * net.lambda;
        Values previous(batch.size * layer.in);
        for (std::size_t r = 0; r < batch.size; ++r)
            for (std::size_t i = 0; i < layer.out; ++i) {
                const double at = g[r * layer.out + i];
                gradient.bias[i] += at;
                for (std::size_t j = 0; j < layer.in; ++j) {
                    gradient.weight[i * layer.in + j] += at * a.x[r * layer.in + j];
                    previous[r * layer.in + j] += at * layer.weight[i * layer.in + j];
                }
            }
        g = std::move(previous);
    }
    return all;
}

}  // namespace cifar_bn
