#include <algorithm>
#include <limits>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "apps/cifar_bn/gradcheck/random_net.hpp"

using namespace cifar_bn;
using xgrad::Rng;
using xgrad::Tensor;

namespace {

// A net of two hidden layers of 7 units on 5 inputs, in all ways; all of them right.
struct Checked {
    NetCheckOptions options{.hidden = {7, 7}, .epsilon = 1e-5, .threads = 1};
    Rng rng{21};
    xgrad::Sequential<double> net = xgrad::test::random_net(options, rng);
    HandBatch batch = xgrad::test::random_batch(5, 7, 4, rng);
    std::vector<ParameterGradients> gradients = parameter_gradients(net, batch, options);

    ParameterGradients& of(const std::string& name) {
        return *std::find_if(gradients.begin(), gradients.end(),
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

}  // namespace

TEST_CASE("judge: right gradients pass") {
    Checked checked;
    const Judgement judgement = judge(checked.gradients);
    CHECK(judgement.failures.empty());
    CHECK(judgement.kinks == 0);
    CHECK(judgement.entries == (7 * 7 + 3 * 7) * 2 + 4 * 7 + 4);
}

TEST_CASE("judge: catches a batch norm without the mean's term in its gradient") {
    Checked checked;
    const auto wrong = gradients_without_mean_term(checked);
    for (std::size_t i = 0; i < wrong.size(); ++i) checked.gradients[i].autodiff = wrong[i];
    const Judgement judgement = judge(checked.gradients);
    for (const char* name : {"W1:", "b1:", "W2:", "b2:"}) {
        CAPTURE(name);
        CHECK(mentions(judgement, name, "differ from the hand-derived"));
        CHECK(mentions(judgement, name, "differ from the numerical"));
    }
    CHECK(!mentions(judgement, "gamma2:", ""));  // behind both means
}

TEST_CASE("judge: catches a factor of 1.01 in any parameter") {
    const Checked checked;
    for (std::size_t i = 0; i < checked.gradients.size(); ++i) {
        auto gradients = checked.gradients;
        const std::string name = gradients[i].name + ":";
        CAPTURE(name);
        for (double& g : gradients[i].autodiff) g *= 1.01;
        const bool is_zero = name == "b1:" || name == "b2:";  // a bias before batch norm
        CHECK(mentions(judge(gradients), name, "differ from the hand-derived") != is_zero);
        CHECK(mentions(judge(gradients), name, "differ from the numerical") != is_zero);
        gradients[i].hand_derived = gradients[i].autodiff;  // the same mistake twice
        CHECK(mentions(judge(gradients), name, "differ from the numerical") != is_zero);
    }
}

TEST_CASE("judge: catches a transposed weight, a shuffled entry and a NaN") {
    Checked checked;
    ParameterGradients& w2 = checked.of("W2");
    const ParameterGradients right = w2;
    for (std::size_t i = 0; i < 7; ++i)
        for (std::size_t j = 0; j < 7; ++j) w2.autodiff[i * 7 + j] = right.autodiff[j * 7 + i];
    CHECK(mentions(judge(checked.gradients), "W2: ", "hand-derived"));
    CHECK(mentions(judge(checked.gradients), "W2: ", "numerical"));

    w2 = right;
    w2.autodiff[23] += 1e-7 * std::abs(w2.autodiff[23]) + 1e-8;
    CHECK(mentions(judge(checked.gradients), "W2: 1 of 49 entries differ from the hand-derived",
                   "worst W2(3, 2)"));
    CHECK(mentions(judge(checked.gradients), "W2: 1 of 49 entries differ from the numerical",
                   "worst W2(3, 2)"));

    w2 = right;
    w2.autodiff[0] = std::numeric_limits<double>::quiet_NaN();
    CHECK(mentions(judge(checked.gradients), "W2: 1 of 49 entries differ from the hand-derived", "nan"));
    CHECK(mentions(judge(checked.gradients), "W2: 1 of 49 entries differ from the numerical", "nan"));

    w2 = right;
    w2.autodiff.pop_back();
    CHECK_THROWS_WITH_AS(judge(checked.gradients), "judge: W2: 48 entries by autodiff, 49 otherwise",
                         xgrad::ShapeError);
}

TEST_CASE("judge: counts kinks and names them, and fails where they are more than the bar") {
    Checked checked;
    checked.of("W1").numerical[8].kink = true;
    checked.of("W1").autodiff[8] += 1e-13;  // within the bar of the hand-derived gradient, which still holds
    checked.of("beta2").numerical[6].kink = true;
    Bars bars;
    bars.kinks = 0.02;
    const Judgement judgement = judge(checked.gradients, bars);
    CHECK(judgement.kinks == 2);
    CHECK(judgement.findings[0].kinks == std::vector<std::string>{"W1(1, 1)"});
    CHECK(judgement.failures.empty());
    CHECK(judge(checked.gradients).failures ==
          std::vector<std::string>{"2 of 172 entries are at a kink, more than 0.1 %"});
}

TEST_CASE("judge: a numerical derivative that knows nothing does not pass") {
    Checked checked;
    checked.of("W3").numerical[5] = {0, 1, false};
    CHECK(mentions(judge(checked.gradients), "W3: 1 of 28 entries", "too uncertain"));
}
