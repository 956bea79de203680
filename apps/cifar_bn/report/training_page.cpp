#include "cifar_bn/report/training_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/report/plots.hpp"
#include "shared/report/images.hpp"

namespace cifar_bn {

using namespace apps;
using namespace xgrad::page;

Document training_page(const TrainConfig& config, const TrainRecord& record, const Split& data) {
    const std::string net = fmt::format("{}-{}-{}{}", data.train.features(), fmt::join(config.hidden, "-"),
                                        data.train.classes().size(), config.batch_norm ? ", batch norm" : "");
    Document document{fmt::format("A training on {}", data.train.name()), "By `cifar_bn train`", {}};
    const bool is_finished = record.test_confusion.total() > 0;
    Section now{"training", net, {}};
    if (record.snapshots.empty()) {
        now.blocks.emplace_back(Paragraph{"Nothing has been evaluated yet."});
        return {document.title, document.subtitle, {now}};
    }
    const Snapshot& last = record.last();
    now.blocks.emplace_back(Paragraph{
        record.diverged_at != 0
            ? fmt::format("It diverged: the loss of step {} was not finite.", record.diverged_at)
            : fmt::format("{} of {} steps; seed {}, λ = {:g}, {}.", last.step, config.steps(), config.seed,
                          config.lambda, is_finished ? "finished" : "running, or stopped there")});
    Table scores{
        "scores", fmt::format("After step {}", last.step), {"images", "number", "cost", "accuracy, %"}, {}};
    const auto add_row = [&](const char* name, const xgrad::Dataset& part, const Score& score) {
        scores.rows.push_back({name, fmt::format("{}", part.size()), fmt::format("{:.4f}", score.cost),
                               fmt::format("{:.2f}", 100 * score.accuracy)});
    };
    add_row("training", data.train, last.train);
    add_row("validation", data.validation, last.validation);
    add_row("test", data.test, last.test);
    now.blocks.emplace_back(std::move(scores));
    const Trials trials{{"training", "", net, config}, {{record, {}}}};
    now.blocks.emplace_back(
        curves(trials, Curve::cost, "Cost: cross-entropy plus λ Σ W², over all images of each part."));
    now.blocks.emplace_back(curves(trials, Curve::accuracy, "Accuracy over all images of each part."));
    document.sections.push_back(std::move(now));
    if (is_finished) {
        Section classes{"test-images", "The test images", {}};
        add_classes(classes, record.test_confusion, data.test.classes());
        document.sections.push_back(std::move(classes));
    }
    return document;
}

}  // namespace cifar_bn
