#include <algorithm>
#include <limits>
#include <memory>

#include <doctest/doctest.h>
#include <CLI/CLI.hpp>

#include <xgrad/core/error.hpp>
#include "apps/cifar_bn/gradcheck/random_net.hpp"
#include "apps/small_data.hpp"

using namespace cifar_bn;
using xgrad::Rng;
using xgrad::Tensor;
using xgrad::test::TempDir;

namespace {

// A net of two hidden layers of 7 units on 5 inputs, in all ways; all of them right.
struct Checked {
    GradcheckOptions options{.hidden = {7, 7}, .epsilon = 1e-5, .threads = 1};
    Rng rng{21};
    xgrad::Sequential<double> net = xgrad::test::random_net(options, rng);
    HandBatch batch = xgrad::test::random_batch(5, 7, 4, rng);
    std::vector<Comparison> comparisons = compare(net, batch, options);

    Comparison& of(const std::string& name) {
        return *std::find_if(comparisons.begin(), comparisons.end(),
                             [&](const auto& c) { return c.name == name; });
    }
};

bool mentions(const Judgement& judgement, const std::string& start, const std::string& what) {
    return std::any_of(judgement.failures.begin(), judgement.failures.end(), [&](const std::string& f) {
        return f.starts_with(start) && f.find(what) != std::string::npos;
    });
}

// What a batch norm would give whose backward pass treats the batch's mean as a constant.
std::vector<Values> gradients_without_mean_term(Checked& checked) {
    using D = Tensor<double>;
    xgrad::Array<double> x(xgrad::Shape{checked.batch.size, 7});
    std::copy(checked.batch.x.begin(), checked.batch.x.end(), x.begin());
    const auto parameters = checked.net.parameters();
    checked.net.zero_grad();
    const xgrad::Tape<double> tape;
    D h(std::move(x));
    std::size_t next = 0;
    const auto take = [&] { return parameters[next++].tensor; };
    for (int layer = 0; layer < 2; ++layer) {
        const D weight = take(), bias = take(), gamma = take(), beta = take();
        const D s = linear(h, weight, bias);
        const D centered = s - mean(s, {0}).detach();
        h = relu(gamma * (centered / sqrt(mean(square(centered), {0}) + checked.options.epsilon)) + beta);
    }
    const D weight = take(), bias = take();
    cross_entropy(linear(h, weight, bias), checked.batch.labels).backward();
    std::vector<Values> all;
    for (const auto& parameter : parameters) {
        const auto& g = parameter.tensor.grad().value();
        all.emplace_back(g.begin(), g.end());
    }
    return all;
}

struct Output {
    int status = 0;
    std::string text;
};

Output run_command(const GradcheckOptions& options) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
    Output output;
    output.status = run_gradcheck(options, file.get());
    std::rewind(file.get());
    for (int c = std::fgetc(file.get()); c != EOF; c = std::fgetc(file.get()))
        output.text += static_cast<char>(c);
    return output;
}

}  // namespace

TEST_CASE("judge: right gradients pass") {
    Checked checked;
    const Judgement judgement = judge(checked.comparisons);
    CHECK(judgement.failures.empty());
    CHECK(judgement.kinks == 0);
    CHECK(judgement.entries == (7 * 7 + 3 * 7) * 2 + 4 * 7 + 4);
}

TEST_CASE("judge: catches a batch norm without the mean's term in its gradient") {
    Checked checked;
    const auto wrong = gradients_without_mean_term(checked);
    for (std::size_t i = 0; i < wrong.size(); ++i) checked.comparisons[i].autodiff = wrong[i];
    const Judgement judgement = judge(checked.comparisons);
    for (const char* name : {"W1:", "b1:", "W2:", "b2:"}) {
        CAPTURE(name);
        CHECK(mentions(judgement, name, "differ from the hand-derived"));
        CHECK(mentions(judgement, name, "differ from the numerical"));
    }
    CHECK(!mentions(judgement, "gamma2:", ""));  // behind both means
}

TEST_CASE("judge: catches a factor of 1.01 in any parameter") {
    const Checked checked;
    for (std::size_t i = 0; i < checked.comparisons.size(); ++i) {
        auto comparisons = checked.comparisons;
        const std::string name = comparisons[i].name + ":";
        CAPTURE(name);
        for (double& g : comparisons[i].autodiff) g *= 1.01;
        const bool is_zero = name == "b1:" || name == "b2:";  // a bias before batch norm
        CHECK(mentions(judge(comparisons), name, "differ from the hand-derived") != is_zero);
        CHECK(mentions(judge(comparisons), name, "differ from the numerical") != is_zero);
        comparisons[i].hand_derived = comparisons[i].autodiff;  // the same mistake twice
        CHECK(mentions(judge(comparisons), name, "differ from the numerical") != is_zero);
    }
}

TEST_CASE("judge: catches a transposed weight, a shuffled entry and a NaN") {
    Checked checked;
    Comparison& w2 = checked.of("W2");
    const Comparison right = w2;
    for (std::size_t i = 0; i < 7; ++i)
        for (std::size_t j = 0; j < 7; ++j) w2.autodiff[i * 7 + j] = right.autodiff[j * 7 + i];
    CHECK(mentions(judge(checked.comparisons), "W2: ", "hand-derived"));
    CHECK(mentions(judge(checked.comparisons), "W2: ", "numerical"));

    w2 = right;
    w2.autodiff[23] += 1e-7 * std::abs(w2.autodiff[23]) + 1e-8;
    CHECK(mentions(judge(checked.comparisons), "W2: 1 of 49 entries differ from the hand-derived",
                   "worst W2(3, 2)"));
    CHECK(mentions(judge(checked.comparisons), "W2: 1 of 49 entries differ from the numerical",
                   "worst W2(3, 2)"));

    w2 = right;
    w2.autodiff[0] = std::numeric_limits<double>::quiet_NaN();
    CHECK(mentions(judge(checked.comparisons), "W2: 1 of 49 entries differ from the hand-derived", "nan"));
    CHECK(mentions(judge(checked.comparisons), "W2: 1 of 49 entries differ from the numerical", "nan"));

    w2 = right;
    w2.autodiff.pop_back();
    CHECK_THROWS_WITH_AS(judge(checked.comparisons), "judge: W2: 48 entries by autodiff, 49 otherwise",
                         xgrad::ShapeError);
}

TEST_CASE("judge: counts kinks and names them, and fails where they are more than the bar") {
    Checked checked;
    checked.of("W1").numerical[8].kink = true;
    checked.of("W1").autodiff[8] += 1e-13;  // within the bar of the hand-derived gradient, which still holds
    checked.of("beta2").numerical[6].kink = true;
    Bars bars;
    bars.kinks = 0.02;
    const Judgement judgement = judge(checked.comparisons, bars);
    CHECK(judgement.kinks == 2);
    CHECK(judgement.findings[0].kinks == std::vector<std::string>{"W1(1, 1)"});
    CHECK(judgement.failures.empty());
    CHECK(judge(checked.comparisons).failures ==
          std::vector<std::string>{"2 of 172 entries are at a kink, more than 0.1 %"});
}

TEST_CASE("judge: a numerical derivative that knows nothing does not pass") {
    Checked checked;
    checked.of("W3").numerical[5] = {0, 1, false};
    CHECK(mentions(judge(checked.comparisons), "W3: 1 of 28 entries", "too uncertain"));
}

TEST_CASE("gradcheck command: exit status 0, and a table with every parameter") {
    const TempDir dir;
    const std::string data = xgrad::test::write_small_data(dir);
    const Output output = run_command({.hidden = {9, 8}, .images = {2, 7}, .data = data});
    CHECK(output.status == 0);
    for (const char* expected :
         {"the first 2 training images; 20-9-8-10 with batch norm (epsilon 2.2e-16), lambda 0, seed 1",
          "the first 7 ", "\nW1 ", "\nb1 ", "\ngamma1 ", "\nbeta2 ", "\nW3 ", "gradcheck: passed\n"}) {
        CAPTURE(expected);
        CHECK(output.text.find(expected) != std::string::npos);
    }
    CHECK(output.text.find("published") ==
          output.text.rfind("published"));  // but in the legend: not the report's net
}

TEST_CASE("gradcheck command: exit status 1 and a line that says why, where the check fails") {
    const TempDir dir;
    const std::string data = xgrad::test::write_small_data(dir);
    // Behind a unit that is off, the next one has a score of exactly 0.
    const Output output =
        run_command({.hidden = {1, 1, 1, 1}, .images = {4}, .batch_norm = false, .data = data});
    CHECK(output.status == 1);
    CHECK(output.text.find("at a kink: b2(0), b3(0), b4(0)\n") != std::string::npos);
    CHECK(output.text.find("FAILED: ") != std::string::npos);
    CHECK(output.text.find("gradcheck: FAILED (see above)\n") != std::string::npos);
}

TEST_CASE("gradcheck command: options, and an exit status for CLI11") {
    const TempDir dir;
    const std::string data = xgrad::test::write_small_data(dir);
    const auto parse = [&](std::string line) {
        CLI::App app;
        add_gradcheck(app);
        app.parse("gradcheck --data " + data + " " + line);
    };
    CHECK_NOTHROW(parse("--hidden 5 --images 3 --no-batch-norm --lambda 0.1 --h 1e-6 --seed 3 --threads 1"));
    CHECK_THROWS_AS(parse("--hidden 1,1,1,1 --images 4 --no-batch-norm"), CLI::RuntimeError);
    CHECK_THROWS_WITH_AS(parse("--images 601"), "gradcheck: --images must be in 1 ... 600, got 601",
                         xgrad::ValueError);
    CHECK_THROWS_WITH_AS(parse("--h 0"), "gradcheck: --h must be positive, got 0", xgrad::ValueError);
    CHECK_THROWS_WITH_AS(parse("--threads 0"), "gradcheck: --threads must be at least 1, got 0",
                         xgrad::ValueError);
}
