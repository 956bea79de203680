#include "cifar_bn/evidence/assessment.hpp"

#include <doctest/doctest.h>

#include <xgrad/page/document.hpp>
#include <xgrad/page/prose.hpp>
#include "apps/cifar_bn/trials.hpp"
#include "cifar_bn/evidence/answer.hpp"
#include "cifar_bn/evidence/rules.hpp"

using namespace cifar_bn;
using xgrad::page::prose;
using xgrad::test::ended_with;

namespace {

using Verdict = Assessment::Verdict;

Trials named(const std::string& name, Trials trials) {
    trials.experiment.name = name;
    return trials;
}

Assessment alone(const Trials& trials) { return Assessments({trials}).of(trials); }
std::string said(const Trials& trials) { return sentence(trials, alone(trials)); }

std::vector<double> repeated(std::size_t count, const std::vector<double>& values) {
    std::vector<double> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(values[i % values.size()]);
    return all;
}

}  // namespace

TEST_CASE("assessment: equal, different, skewed, one that never learns, a single seed, nothing published") {
    CHECK(said(ended_with({49, 50, 51, 50})) == prose(R"(
        a net: 50.00 ± 0.82 % of the test images, mean and standard deviation of 4 seeds. Published: 50.00 %, within
        47.09 to 52.91, where one more run of ours is to be expected (95 %).)"));
    CHECK(said(ended_with({55.1, 55, 54.9, 55, 55})) == prose(R"(
        a net: 55.00 ± 0.07 % of the test images, mean and standard deviation of 5 seeds. Published: 50.00 %, not within
        54.78 to 55.22, where one more run of ours is to be expected (95 %): more than chance (p < 0.001 as one of all
        rows).)"));
    // Skewed: ranks, and the lowest of 11 is no surprise.
    CHECK(said(ended_with({52, 52.1, 52.2, 52, 52.1, 52.2, 52, 52.1, 52.2, 60})) == prose(R"(
        a net: 52.89 ± 2.50 % of the test images, mean and standard deviation of 10 seeds. Published: 50.00 %, not within
        52.00 to 60.00, where one more run of ours is to be expected (by ranks, 82 %); so few runs do not tell whether that
        is chance.)"));
    CHECK(in_short(alone(ended_with({52, 52.1, 52.2, 52, 52.1, 52.2, 52, 52.1, 52.2, 60}))) ==
          "outside, too few runs to tell (ranks)");
    CHECK(said(ended_with({10, 10, 10})) == prose(R"(
        a net: 10.00 ± 0.00 % of the test images, mean and standard deviation of 3 seeds. None of them learnt at all.
        Published: 50.00 %, not within 10.00 to 10.00, where one more run of ours is to be expected (95 %): more than
        chance (p < 0.001 as one of all rows).)"));
    CHECK(said(ended_with({48})) == prose(R"(
        a net: 48.00 % of the test images, one seed. Published: 50.00 %, and one seed does not tell how much is
        chance.)"));
    CHECK(said(ended_with({10, 50}, std::nullopt)) == prose(R"(
        a net: 30.00 ± 28.28 % of the test images, mean and standard deviation of 2 seeds. 1 of 2 did not learn at all
        (1 to 99 % of all seeds); the others have 50.00 %.)"));
    CHECK(said(ended_with({10}, std::nullopt)) ==
          "a net: 10.00 % of the test images, one seed. It did not learn at all.");
    Trials diverged = ended_with({10, 10}, std::nullopt);
    diverged.results[1].diverged_at = 7;
    CHECK(said(diverged) == prose(R"(
        a net: 10.00 ± 0.00 % of the test images, mean and standard deviation of 2 seeds. None of them learnt at all.
        Seed 2 diverged: the loss of step 7 was not finite.)"));
}

TEST_CASE("assessment: seeds that do not learn make it a matter of ranks") {
    const Assessment found = alone(ended_with({10, 49, 51, 50}));
    CHECK(found.by_ranks);
    CHECK(found.verdict == Verdict::inside);
    CHECK(in_short(found) == "inside (ranks)");
}

TEST_CASE("assessment: among many rows one that is a little outside is no surprise") {
    const Trials outside = named("odd", ended_with({52.4, 51.6, 52.8, 51.2, 52}));  // p = 0.04 or so
    const double p = alone(outside).prediction.p;
    REQUIRE(p < 0.05);
    REQUIRE(p > 0.005);
    CHECK(alone(outside).verdict == Verdict::outside);
    std::vector<Trials> rows{outside};
    for (int i = 0; i < 9; ++i) rows.push_back(named("even" + std::to_string(i), ended_with({49, 50, 51})));
    const Assessments all(rows);
    CHECK(all.compared() == 10);
    CHECK(all.of(outside).verdict == Verdict::by_chance);
    CHECK(all.of(outside).adjusted_p == doctest::Approx(10 * p));
    CHECK(in_short(all.of(outside)) == "outside, as chance allows");
    CHECK(sentence(outside, all.of(outside)).find("as one of all rows, which chance allows") !=
          std::string::npos);
    CHECK(all.of(named("unknown", ended_with({50, 51}))).verdict == Verdict::not_compared);
}

TEST_CASE("curve_distance: the mean distance of the curves at the same steps") {
    Trials trials = ended_with({50, 52}, Published{60, 50, {{1, 0, 0, 0, 0, 8}, {9, 0, 0, 0, 0, 50}}});
    CHECK_FALSE(curve_distance(trials));  // one snapshot, two points
    for (JobResult& result : trials.results) {
        result.snapshots.insert(result.snapshots.begin(), Snapshot{});
        result.snapshots[0].step = 1;
        result.snapshots[0].test.accuracy = 0.1;
        result.snapshots[1].step = 9;
    }
    CHECK(*curve_distance(trials) == doctest::Approx((2 + 1) / 2.0));
    trials.results[0].snapshots[1].step = 10;
    CHECK_FALSE(curve_distance(trials));
}

TEST_CASE("effect: helps, harms, none to be seen, makes possible, one seed") {
    const auto said_of = [](const std::vector<double>& without, const std::vector<double>& with) {
        return sentence(effect("a net", ended_with(without), ended_with(with, Published{60, 51})));
    };
    CHECK(said_of({50, 51, 52}, {52, 53.1, 53.9}) ==
          "a net: batch norm helps, by +2.00 points (+1.75 to +2.25). Published: +1.00.");
    CHECK(said_of({52, 53.1, 53.9}, {50, 51, 52}) ==
          "a net: batch norm harms, by -2.00 points (-2.25 to -1.75). Published: +1.00.");
    CHECK(said_of({50, 51, 52}, {51, 51, 51}) ==
          "a net: no difference that these runs can show, +0.00 points (-2.48 to +2.48). Published: +1.00.");
    CHECK(said_of({50}, {51}) == "a net: one seed, +1.00 points, which may be chance. Published: +1.00.");
    CHECK(said_of({50, 51, 52}, {10, 10, 10}).find("3 of 3 seeds learn without it, 0 with it") !=
          std::string::npos);
    CHECK(said_of({10, 49, 50}, {50, 50, 50}) == prose(R"(
        a net: no difference that these runs can show, +13.67 points (-43.00 to +70.33); 2 of 3 seeds learn without it, 3
        with it. Published: +1.00.)"));
    CHECK(said_of(repeated(10, {10}), repeated(10, {50})) == prose(R"(
        a net: batch norm makes training possible at all: 10 of 10 seeds learn with it, 0 without; +40.00 points (+40.00
        to +40.00). Published: +1.00.)"));
    CHECK_FALSE(effect("a net", ended_with({50}), ended_with({51}, std::nullopt)).published);
}

TEST_CASE("conclusions: each agrees, does not agree, or cannot be told") {
    using Evidence = Conclusion::Evidence;
    const auto found = [](const std::vector<double>& without, const std::vector<double>& with,
                          const std::vector<double>& optimized) {
        const std::vector<Effect> effects{effect("a", ended_with(repeated(with.size(), {50, 51})),
                                                 ended_with(repeated(with.size(), {51, 52.1}))),
                                          effect("σ", ended_with(without), ended_with(with))};
        const Trials of_without = ended_with(without), of_with = ended_with(with),
                     of_optimized = ended_with(optimized);
        std::vector<Evidence> evidence;
        for (const Conclusion& c : conclusions(effects, {of_without, of_with, of_optimized}))
            evidence.push_back(c.evidence);
        return evidence;
    };
    CHECK(found(repeated(10, {10}), repeated(10, {53, 53.4}), repeated(10, {53.3, 53.5})) ==
          std::vector<Evidence>(5, Evidence::agrees));
    CHECK(found(repeated(10, {53, 53.4}), repeated(10, {10, 11}), repeated(10, {53.3, 53.5})) ==
          std::vector<Evidence>(5, Evidence::contradicts));
    CHECK(found({10}, {53}, {53}) == std::vector<Evidence>(5, Evidence::cannot_tell));
}

TEST_CASE("the answer: the rules, what batch norm does kind by kind, the figure, a sentence for each net") {
    const std::vector<Effect> effects{
        effect("3 layers", ended_with({50, 51, 52}), ended_with({52, 53.1, 53.9})),
        effect("9 layers", ended_with({50, 51, 52}), ended_with({51, 51, 51}))};
    const xgrad::page::Section section =
        answer_section(effects, {{"It helps.", Conclusion::Evidence::agrees, "It does."}}, 2);
    CHECK(std::get<xgrad::page::Paragraph>(section.blocks[0]).text == prose(R"(
        What does batch norm do to these nets? It helps 3 layers. It makes no difference that these runs can show for 9
        layers.)"));
    CHECK(std::get<xgrad::page::Paragraph>(section.blocks[1]).text == rules::text(2));
    CHECK(rules::text(0).find("published") == std::string::npos);
    const auto& figure = std::get<xgrad::page::Figure>(section.blocks[2]);
    CHECK(figure.id == "effect");
    CHECK(figure.caption.find("over 3 seeds") != std::string::npos);
    CHECK(forest_figure({effects[0], effect("a", ended_with({50, 51}), ended_with({52, 53}))})
              .caption.find("over 2 to 3 seeds") != std::string::npos);
    CHECK(std::get<xgrad::page::Paragraph>(section.blocks[4]).text == sentence(effects[1]));
    CHECK(std::get<xgrad::page::Table>(section.blocks[5]).rows ==
          std::vector<std::vector<std::string>>{{"It helps.", "agrees", "It does."}});
    CHECK(answer_section(effects, {}, 0).blocks.size() == 5);
}

TEST_CASE("the figure of the effects shows 0, though every net is helped") {
    const auto script =
        forest_figure({effect("3 layers", ended_with({50, 51, 52}), ended_with({52, 53.1, 53.9}))}).script;
    CHECK(script.find("set xrange [-0.5:") != std::string::npos);
}
