#include "cifar_bn/training/layer_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <xgrad/nn/observer.hpp>

namespace cifar_bn {
namespace {

using namespace xgrad;

template <class T>
double root_mean_square(const Array<T>& values) {
    double sum = 0;
    for (const T value : values) sum += static_cast<double>(value) * static_cast<double>(value);
    return std::sqrt(sum / static_cast<double>(values.size()));
}

using Matrix = std::vector<std::vector<double>>;

double norm(const std::vector<double>& v) {
    return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}

// Power iteration with A A^T, started from the image of the largest row of A.
double largest_singular_value(const Matrix& a) {
    std::vector<double> u =
        *std::max_element(a.begin(), a.end(), [](const auto& x, const auto& y) { return norm(x) < norm(y); });
    constexpr int iterations = 200;
    double value = 0;
    for (int i = 0; i < iterations; ++i) {
        const double length = norm(u);
        if (length == 0) return 0;
        std::vector<double> next(u.size(), 0.0);
        double squares = 0;
        for (const std::vector<double>& row : a) {
            const double product = std::inner_product(row.begin(), row.end(), u.begin(), 0.0) / length;
            squares += product * product;
            for (std::size_t j = 0; j < u.size(); ++j) next[j] += product * row[j];
        }
        value = std::sqrt(squares);
        u = std::move(next);
    }
    return value;
}

// The covariance (classes, units) of the one-hot labels and the outputs.
template <class T>
Matrix label_covariance(const Array<T>& outputs, const Indices& labels, std::size_t classes) {
    const std::size_t images = outputs.shape()[0], units = outputs.shape()[1];
    Matrix covariance(classes, std::vector<double>(units, 0.0));
    std::vector<double> frequency(classes, 0.0), mean(units, 0.0);
    const double each = 1 / static_cast<double>(images);
    for (std::size_t image = 0; image < images; ++image) {
        const auto label = static_cast<std::size_t>(labels[image]);
        frequency[label] += each;
        for (std::size_t unit = 0; unit < units; ++unit) {
            const double part = each * static_cast<double>(outputs(image, unit));
            covariance[label][unit] += part;
            mean[unit] += part;
        }
    }
    for (std::size_t label = 0; label < classes; ++label)
        for (std::size_t unit = 0; unit < units; ++unit)
            covariance[label][unit] -= frequency[label] * mean[unit];
    return covariance;
}

}  // namespace

template <class T>
std::vector<LayerStatistics> layer_statistics(const Sequential<T>& net, const Batch<T>& batch) {
    const std::unique_ptr<Module<T>> clone = net.clone();
    auto& copy = static_cast<Sequential<T>&>(*clone);
    copy.train();
    copy.zero_grad();
    const Tape<T> tape;
    const Observer<T> observer(copy, "?*");  // its modules
    const Tensor<T> logits = copy(batch.x);
    std::vector<LayerStatistics> layers;
    const auto& calls = observer.calls();
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (i + 1 < calls.size() && calls[i + 1]->module->kind() != "Linear") continue;
        const Array<T>& output = calls[i]->output.value();
        LayerStatistics& layer = layers.emplace_back();
        layer.output = root_mean_square(output);
        layer.signal = largest_singular_value(label_covariance(output, batch.labels, logits.shape()[1]));
    }
    cross_entropy(logits, batch.labels).backward();
    auto layer = layers.begin();
    for (const auto& parameter : copy.parameters()) {
        if (parameter.decay == Decay::no) continue;
        layer->weight = root_mean_square(parameter.tensor.value());
        (layer++)->gradient = root_mean_square(parameter.tensor.grad().value());
    }
    return layers;
}

template std::vector<LayerStatistics> layer_statistics(const Sequential<float>&, const Batch<float>&);
template std::vector<LayerStatistics> layer_statistics(const Sequential<double>&, const Batch<double>&);

}  // namespace cifar_bn
