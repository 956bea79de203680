#include "layer_statistics.hpp"

#include <cmath>

namespace cifar_bn {
namespace {

using namespace xgrad;

template <class T>
double root_mean_square(const Array<T>& values) {
    double sum = 0;
    for (const T value : values) sum += static_cast<double>(value) * static_cast<double>(value);
    return std::sqrt(sum / static_cast<double>(values.size()));
}

template <class T>
void describe_outputs(const Array<T>& outputs, LayerStatistics& layer) {
    layer.output = root_mean_square(outputs);
    const std::size_t images = outputs.shape()[0], units = outputs.shape()[1];
    double variance = 0, live = 0;
    for (std::size_t unit = 0; unit < units; ++unit) {
        double sum = 0, sum_of_squares = 0;
        bool is_live = false;
        for (std::size_t image = 0; image < images; ++image) {
            const auto value = static_cast<double>(outputs(image, unit));
            sum += value;
            is_live |= value > 0;
        }
        for (std::size_t image = 0; image < images; ++image) {
            const double off = static_cast<double>(outputs(image, unit)) - sum / static_cast<double>(images);
            sum_of_squares += off * off;
        }
        variance += sum_of_squares / static_cast<double>(images);
        live += is_live;
    }
    layer.spread = std::sqrt(variance / static_cast<double>(units));
    layer.live_units = live / static_cast<double>(units);
}

}  // namespace

template <class T>
std::vector<LayerStatistics> layer_statistics(const Sequential<T>& net, const Batch<T>& batch) {
    const std::unique_ptr<Module<T>> clone = net.clone();
    auto& copy = static_cast<Sequential<T>&>(*clone);
    copy.train();
    copy.zero_grad();
    const Tape<T> tape;
    std::vector<LayerStatistics> layers;
    Tensor<T> y = batch.x;
    for (std::size_t i = 0; i < copy.size(); ++i) {
        y = copy[i](y);
        if (i + 1 == copy.size() || copy[i + 1].kind() == "Linear") describe_outputs(y.value(), layers.emplace_back());
    }
    cross_entropy(y, batch.labels).backward();
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
