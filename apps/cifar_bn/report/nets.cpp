#include "cifar_bn/report/nets.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <xgrad/page/document.hpp>
#include <xgrad/page/prose.hpp>
#include "cifar_bn/gradcheck/table.hpp"
#include "cifar_bn/report/plots.hpp"
#include "shared/report/images.hpp"

namespace cifar_bn {

using namespace xgrad::page;

Section gradient_section(const std::vector<NetCheck>& checks, const NetCheckOptions& options,
                         bool comparable) {
    Section section{"gradients", "1. Gradient check", {}};
    section.blocks.emplace_back(Paragraph{prose(R"(
            Every entry of the gradient that training uses, in double precision, against central
            differences with h = 1e-5 as published, against central differences extrapolated to h = 0, and
            against a backward pass derived by hand (`docs/numerics.md`). The figures are the largest
            absolute differences; the last column is relative to the parameter's largest entry, or to a
            tenth of the net's if that is more. Central differences, published or ours, are off by the
            rounding of the cost, about 2.2e-16 / 2e-5 = 1.1e-11 times its value, rather than by an error
            of the gradient.)")});
    for (const NetCheck& check : checks) {
        const auto published =
            comparable ? published_figures(options, check.images) : std::map<std::string, double>();
        Table table{
            fmt::format("gradients-{}", check.images),
            fmt::format("{} images; {}. {} entries, all checked: {}.", check.images, check.net,
                        check.judgement.entries, check.judgement.failures.empty() ? "passed" : "FAILED"),
            {"parameter"},
            {}};
        if (!published.empty()) table.header.emplace_back("published");
        for (const char* column : {"central difference", "extrapolated", "hand-derived, relative"})
            table.header.emplace_back(column);
        for (std::size_t i = 0; i < check.gradients.size(); ++i) {
            const Finding& finding = check.judgement.findings[i];
            std::vector<std::string> row{check.gradients[i].name};
            if (!published.empty()) row.push_back(fmt::format("{:.4e}", published.at(row.front())));
            row.push_back(fmt::format("{:.4e}", finding.central));
            row.push_back(fmt::format("{:.1e}", finding.numerical));
            row.push_back(fmt::format("{:.1e}", finding.hand / finding.scale));
            table.rows.push_back(std::move(row));
        }
        section.blocks.emplace_back(std::move(table));
        for (const std::string& failure : check.judgement.failures)
            section.blocks.emplace_back(Paragraph{"FAILED: " + failure});
    }
    return section;
}

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
    apps::add_classes(section, result.test_confusion, classes);
    section.blocks.emplace_back(apps::weights_figure(first_layer, shape, prose(R"(
            Weights of the first layer, one image for each hidden unit, scaled from its smallest weight
            (black) to its largest.)")));
    return section;
}

}  // namespace cifar_bn
