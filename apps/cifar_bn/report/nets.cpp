#include "cifar_bn/report/nets.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cifar_bn/report/images.hpp"
#include "cifar_bn/report/plots.hpp"
#include "shared/page/prose.hpp"

namespace cifar_bn {

using namespace apps;

Section layers_section(const Trials& without, const Trials& with) {
    Section section{"layers", "What batch norm does inside", {}};
    section.blocks.emplace_back(
        Paragraph{prose(R"(
        The nets with σ = {} layer by layer, on the first {} training images, seed 1. Without batch norm
        what a layer puts out is the product of the small weights of all layers below, and a weight's
        gradient that of the weights of all others: the signal is lost both ways. Batch norm brings what
        each hidden layer puts out back to a mean square of 1 (½ behind the ReLU) whatever the weights,
        once its variance is above ε, and divides the gradient that reaches them by the same small
        deviation, so that they grow.)",
                        without.experiment.config.init, without.experiment.config.layer_images)});
    struct View {
        const char* id;
        double LayerStatistics::* statistic;
        const char* label;
        std::string caption;
    };
    const std::vector<View> views{
        {"layer-outputs", &LayerStatistics::output, "rms of the output",
         "root mean square of each layer's output (behind its ReLU; of the last layer: the logits)"},
        {"layer-gradients", &LayerStatistics::gradient, "rms of the gradient",
         "root mean square of the gradient of the cross-entropy with respect to each layer's weights"},
        {"layer-weights", &LayerStatistics::weight, "rms of the weights", prose(R"(
             root mean square of each layer's weights: weight decay alone shrinks them, unless a gradient
             makes them grow)")}};
    for (const auto& [id, statistic, label, caption] : views) {
        std::pair range{1e300, 1e-300};  // the same for both figures
        for (const Trials* trials : {&without, &with})
            for (const Snapshot& snapshot : trials->results.front().snapshots)
                for (const LayerStatistics& layer : snapshot.layers)
                    if (const double value = layer.*statistic; value > 0)
                        range = {std::min(range.first, value), std::max(range.second, value)};
        for (const Trials* trials : {&without, &with})
            section.blocks.emplace_back(
                layers_figure(std::string(id) + (trials == &with ? "-bn" : ""), *trials, statistic, range,
                              label, fmt::format("{}: {}.", trials->experiment.title, caption)));
    }
    return section;
}

Section best_net_section(const std::string& name, const JobResult& result,
                         const xgrad::Array<float>& first_layer, const std::vector<std::string>& classes,
                         const xgrad::ImageShape& shape) {
    Section section{"best-net", "The best net", {}};
    section.blocks.emplace_back(
        Paragraph{prose(R"(
        Of all trainings but the searches, `jobs/{}` has the highest validation accuracy: {:.2f} %; on the
        test images {:.2f} %. (It was chosen by validation accuracy alone, so that the test accuracy
        remains an honest estimate.))",
                        name, 100 * result.last().validation.accuracy, 100 * result.last().test.accuracy)});
    Table table{"classes", "Test images by class", {"class", "recognised, %", "most often taken for"}, {}};
    const xgrad::ConfusionMatrix& confusion = result.test_confusion;
    const std::vector<double> recalls = confusion.recall();
    for (std::size_t truth = 0; truth < classes.size(); ++truth) {
        std::size_t worst = truth == 0 ? 1 : 0;
        for (std::size_t predicted = 0; predicted < classes.size(); ++predicted)
            if (predicted != truth && confusion.count(truth, predicted) > confusion.count(truth, worst))
                worst = predicted;
        const auto members = static_cast<double>(confusion.members(truth));
        table.rows.push_back(
            {classes[truth], fmt::format("{:.1f}", 100 * recalls[truth]),
             fmt::format("{} ({:.1f} %)", classes[worst],
                         100 * static_cast<double>(confusion.count(truth, worst)) / members)});
    }
    section.blocks.emplace_back(std::move(table));
    section.blocks.emplace_back(confusion_figure(
        confusion, classes, "Confusion matrix of the test images, in percent of each true class."));
    section.blocks.emplace_back(weights_figure(first_layer, shape, prose(R"(
            Weights of the first layer, one image for each hidden unit, scaled from its smallest weight
            (black) to its largest.)")));
    return section;
}

}  // namespace cifar_bn
