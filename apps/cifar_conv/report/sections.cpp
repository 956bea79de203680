#include "cifar_conv/report/sections.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <xgrad/page/prose.hpp>
#include "cifar_conv/report/plots.hpp"
#include "cifar_conv/training/network.hpp"
#include "shared/report/images.hpp"
#include "shared/statistics/statistics.hpp"

namespace cifar_conv {

using namespace xgrad::page;

namespace {

constexpr double confidence = 0.95;

// What the interval says, as a sentence.
std::string verdict(const Comparison& comparison) {
    const std::vector<double> effect = comparison.effect();
    const auto [low, high] = apps::mean_interval(effect, confidence);
    const double mean = apps::spread(effect).mean;
    if (effect.size() < 2)
        return fmt::format("The {} net has {:+.2f} points with it, which one seed does not prove.",
                           comparison.title, mean);
    const std::string numbers =
        fmt::format("{:+.2f} points, 95 % interval {:+.2f} to {:+.2f}", mean, low, high);
    if (low > 0) return fmt::format("The {} net is better with it ({}).", comparison.title, numbers);
    if (high < 0) return fmt::format("The {} net is worse with it ({}).", comparison.title, numbers);
    return fmt::format("Of the {} net it cannot be told from these seeds ({}).", comparison.title, numbers);
}

std::size_t diverged(const Trials& trials) {
    return static_cast<std::size_t>(std::ranges::count_if(
        trials.results, [](const JobResult& result) { return result.diverged_at != 0; }));
}

double mean_seconds(const Trials& trials) {
    double sum = 0;
    for (const JobResult& result : trials.results) sum += result.seconds;
    return sum / static_cast<double>(trials.results.size());
}

}  // namespace

Section question_section(const std::vector<Comparison>& comparisons, const apps::Split& data) {
    const Config& config = comparisons.front().with.config;
    Section section{"question", "The question", {}};
    section.blocks.emplace_back(Paragraph{prose(
        R"(What does batch norm add to a convolutional net? Two small ones, each without and with it: a VGG-like
        net (a convolution with {0} channels, two each with {1}, {2} and {3}) and a residual one (a convolution, then a
        block of two for each width), all with ReLU, He's initial weights, the mean of each channel at the end and a
        linear layer. Without batch norm a convolution has a bias.)",
        config.width, 2 * config.width, 4 * config.width, 8 * config.width)});
    section.blocks.emplace_back(Paragraph{prose(
        R"(Each is trained on {} images of {} for {} epochs in batches of {} by SGD with Nesterov's momentum 0.9 and
        weight decay {}, with label smoothing {}. The learning rate rises in the first three tenths of the steps and falls almost to 0.{} {} images
        are held out to choose by; the test images were used once for each training, at its end.)",
        data.train.size(), data.train.name(), config.epochs, config.batch_size, config.weight_decay,
        config.label_smoothing,
        config.augment ? " Training images are moved by up to 4 pixels and flipped, at random." : "",
        data.validation.size())});
    Table table{"nets", "The nets", {"net", "parameters"}, {}};
    for (const Trials* trials : all_of(comparisons)) {
        xgrad::Rng unused(0);
        table.rows.push_back(
            {trials->title,
             fmt::format("{}", make_network(trials->config, data.train.image_shape(),
                                            data.train.classes().size(), unused, xgrad::init::zeros())
                                   .parameter_count())});
    }
    section.blocks.emplace_back(std::move(table));
    return section;
}

Section search_section(const std::vector<Comparison>& comparisons, const Search& search) {
    Section section{"learning-rates", "Learning rates", {}};
    section.blocks.emplace_back(Paragraph{prose(
        R"(A comparison at one learning rate would favour the net that it suits. So each net has its own: the best one in
        trainings of {} epoch{}, by the validation accuracy, with the seed 1.)",
        search.epochs, search.epochs == 1 ? "" : "s")});
    Table table{"searches", "Validation accuracy in percent by the highest learning rate", {"net"}, {}};
    for (const double rate : search.rates) table.header.push_back(fmt::format("{}", rate));
    table.header.emplace_back("chosen");
    bool is_done = true;
    for (const Trials* trials : all_of(comparisons)) {
        std::vector<std::string> row{trials->title};
        for (const double rate : search.rates) {
            const auto found = trials->search.find(rate);
            row.push_back(found == trials->search.end() ? "" : fmt::format("{:.2f}", found->second));
        }
        const bool has_all = trials->search.size() == search.rates.size();
        is_done = is_done && has_all;
        row.push_back(has_all ? fmt::format("{}", trials->best_rate()) : "");
        table.rows.push_back(std::move(row));
    }
    section.blocks.emplace_back(std::move(table));
    if (is_done)
        section.blocks.emplace_back(search_figure(
            comparisons,
            fmt::format("Validation accuracy after {} epoch{} against the highest learning rate.",
                        search.epochs, search.epochs == 1 ? "" : "s")));
    return section;
}

Section effect_section(const std::vector<Comparison>& comparisons) {
    Section section{"effect", "What batch norm adds", {}};
    Table nets{"accuracies",
               "Accuracy in percent, mean and standard deviation over the seeds",
               {"net", "learning rate", "validation", "test", "seconds, one thread", "diverged"},
               {}},
        effects{"effects",
                "Test accuracy with batch norm less that without, in points",
                {"net", "each seed", "mean", "95 % interval"},
                {}};
    std::string verdicts;
    for (const Comparison& comparison : comparisons) {
        for (const Trials* trials : comparison.trials()) {
            if (trials->results.empty()) continue;
            nets.rows.push_back({trials->title, fmt::format("{}", trials->config.learning_rate),
                                 apps::text_of(trials->validation()), apps::text_of(trials->test()),
                                 fmt::format("{:.0f}", mean_seconds(*trials)),
                                 fmt::format("{} of {}", diverged(*trials), trials->results.size())});
        }
        if (comparison.without.results.empty() ||
            comparison.without.results.size() != comparison.with.results.size())
            continue;
        const std::vector<double> effect = comparison.effect();
        const auto [low, high] = apps::mean_interval(effect, confidence);
        std::string each;
        for (const double points : effect) each += fmt::format("{}{:+.2f}", each.empty() ? "" : ", ", points);
        effects.rows.push_back({comparison.title, each, fmt::format("{:+.2f}", apps::spread(effect).mean),
                                effect.size() < 2 ? "–" : fmt::format("{:+.2f} to {:+.2f}", low, high)});
        verdicts += (verdicts.empty() ? "" : " ") + verdict(comparison);
    }
    if (!verdicts.empty())
        section.blocks.emplace_back(Paragraph{
            verdicts +
            " (Student's t, of the differences of the seeds: a seed has the same batches without and with it.)"});
    section.blocks.emplace_back(std::move(nets));
    if (!effects.rows.empty()) section.blocks.emplace_back(std::move(effects));
    return section;
}

Section curves_section(const std::vector<Comparison>& comparisons) {
    Section section{"curves", "Curves", {}};
    for (const Comparison& comparison : comparisons) {
        const std::vector<Curve> curves = curves_of(comparison);
        if (curves.empty()) continue;
        const std::string& net = comparison.with.config.net;
        const std::string seeds =
            "mean over the seeds, in a band from the lowest to the highest; costs that are not finite are left out.";
        section.blocks.emplace_back(curves_figure(
            net + "-cost", curves, Quantity::cost,
            fmt::format("The {} net: cross-entropy after each epoch; {}", comparison.title, seeds)));
        section.blocks.emplace_back(
            curves_figure(net + "-accuracy", curves, Quantity::accuracy,
                          fmt::format("The {} net: accuracy after each epoch; {}", comparison.title, seeds)));
    }
    return section;
}

Section best_section(const Best& best, apps::SavedModel& model, const xgrad::Dataset& test) {
    Section section{"best-net", "The best net", {}};
    section.blocks.emplace_back(Paragraph{prose(
        R"(Of the long trainings, `jobs/{}` has the highest validation accuracy: {:.2f} %; on the test images {:.2f} %.
        (It was chosen by validation accuracy alone, so that the test accuracy remains an honest estimate.))",
        best.job.name, 100 * best.result.epochs.back().validation.accuracy,
        100 * best.result.test.accuracy)});
    apps::add_classes(section, best.result.test_confusion, test.classes());
    const xgrad::Tensor<float> filters =
        std::get<xgrad::Sequential<float>>(model.net).parameters().front().tensor;  // (out, in, 3, 3)
    const xgrad::Shape& shape = filters.shape();
    const xgrad::NoGrad<float> no_grad;
    section.blocks.emplace_back(apps::weights_figure(
        reshape(filters, {shape[0], filters.size() / shape[0]}).value(), {shape[1], shape[2], shape[3]},
        prose(
            R"(The filters of the first convolution, one image for each channel, scaled from its smallest weight
                  (black) to its largest.)")));
    const std::vector<apps::Mistake> mistakes = apps::mistakes(model.probabilities(test), test);
    section.blocks.emplace_back(apps::mistakes_figure(
        mistakes, 24, test,
        fmt::format(
            "Of {} misclassified test images those that the net is surest of: the class, what it takes "
            "the image for, and how sure it is.",
            mistakes.size())));
    return section;
}

}  // namespace cifar_conv
