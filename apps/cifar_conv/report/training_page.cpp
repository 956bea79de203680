#include "cifar_conv/report/training_page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cifar_conv/report/plots.hpp"
#include "shared/report/images.hpp"

namespace cifar_conv {

using namespace xgrad::page;

Document training_page(const Config& config, const Record& record, const apps::Split& data) {
    Section now{"training",
                fmt::format("{}, {} batch norm", config.net == Config::vgg ? "VGG-like net" : "Residual net",
                            config.batch_norm ? "with" : "without"),
                {}};
    const std::string title = fmt::format("A training on {}", data.train.name());
    if (record.epochs.empty()) {
        now.blocks.emplace_back(Paragraph{"Nothing has been evaluated yet."});
        return {title, "By `cifar_conv train`", {now}};
    }
    const bool is_finished = record.test_confusion.total() > 0;
    now.blocks.emplace_back(
        Paragraph{record.diverged_at != 0
                      ? fmt::format("It diverged: after step {} the cost was not finite.", record.diverged_at)
                      : fmt::format("{} of {} epochs; width {}, learning rate {}, seed {}, {}.",
                                    record.epochs.size(), config.epochs, config.width, config.learning_rate,
                                    config.seed, is_finished ? "finished" : "running, or stopped there")});
    Table scores{"scores",
                 record.diverged_at != 0 ? fmt::format("After step {}", record.diverged_at)
                                         : fmt::format("After epoch {}", record.epochs.size()),
                 {"images", "number", "cross-entropy", "accuracy, %"},
                 {}};
    const auto add_row = [&](const char* name, std::size_t images, const apps::Score& score) {
        scores.rows.push_back({name, fmt::format("{}", images), fmt::format("{:.4f}", score.cost),
                               fmt::format("{:.2f}", 100 * score.accuracy)});
    };
    add_row("training", std::min(data.train.size(), data.validation.size()), record.epochs.back().train);
    add_row("validation", data.validation.size(), record.epochs.back().validation);
    if (is_finished) add_row("test", data.test.size(), record.test);
    now.blocks.emplace_back(std::move(scores));
    const std::vector<Curve> curves{{"", {&record}}};
    now.blocks.emplace_back(curves_figure("cost", curves, Quantity::cost, "Cross-entropy after each epoch."));
    now.blocks.emplace_back(
        curves_figure("accuracy", curves, Quantity::accuracy, "Accuracy after each epoch."));
    Document document{title, "By `cifar_conv train`", {std::move(now)}};
    if (is_finished) {
        Section classes{"test-images", "The test images", {}};
        apps::add_classes(classes, record.test_confusion, data.test.classes());
        document.sections.push_back(std::move(classes));
    }
    return document;
}

}  // namespace cifar_conv
