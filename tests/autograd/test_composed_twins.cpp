#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/autograd/gradcheck.hpp>
#include <xgrad/autograd/ops.hpp>

// Ops with a gradient derived by hand against twins composed of simpler ops: values, gradients and second
// derivatives agree.
using namespace xgrad;

namespace {

using D = Tensor<double>;
using Arguments = std::vector<D>;
constexpr double epsilon = 1e-5;

D composed_softmax(const D& x) { return exp(x) / sum(exp(x), {-1}, KeepDims::yes); }
D composed_log_softmax(const D& x) { return x - log(sum(exp(x), {-1}, KeepDims::yes)); }
D composed_logsumexp(const D& x, const Axes& axes) { return log(sum(exp(x), axes)); }
D composed_variance(const D& x, const Axes& axes) {
    return mean(square(x - mean(x, axes, KeepDims::yes)), axes);
}
D composed_linear(const D& x, const D& weight, const D& bias) { return matmul(x, transpose(weight)) + bias; }
D composed_batch_norm(const D& x, const D& gamma, const D& beta) {
    const D centered = x - mean(x, {0});
    return gamma * (centered / sqrt(mean(square(centered), {0}) + epsilon)) + beta;
}
D composed_cross_entropy(const D& logits, const Indices& labels) {
    Array<double> one_hot(logits.shape(), 0.0);
    for (std::size_t i = 0; i < labels.size(); ++i) one_hot(i, static_cast<std::size_t>(labels[i])) = 1;
    return -sum(D(one_hot) * composed_log_softmax(logits)) / static_cast<double>(labels.size());
}

// What must agree: the value, the gradients as training computes them and as they are recorded, and the
// derivatives of the latter.
struct Results {
    Array<double> value;
    Arguments gradients, recorded_gradients, second_derivatives;
};

Results results_of(const DifferentiableFunction& f, const Arguments& inputs) {
    Arguments x;
    for (const auto& input : inputs) x.emplace_back(input.value(), RequiresGrad::yes);
    const auto weighted = [](const D& y, double first) {
        Array<double> weights(y.shape());
        for (std::size_t i = 0; i < weights.size(); ++i)
            weights.data()[i] = std::sin(first + static_cast<double>(i));
        return sum(D(std::move(weights)) * y);
    };
    Tape<double> tape;
    const D y = f(x);
    Results results{y.value(),
                    grad(weighted(y, 1), x, {.retain_graph = true}),
                    grad(weighted(y, 1), x, {.create_graph = true}),
                    {}};
    D total = zeros<double>({});
    for (std::size_t i = 0; i < x.size(); ++i)
        total = total + weighted(results.recorded_gradients[i], 2 + static_cast<double>(i));
    results.second_derivatives = grad(total, x);
    return results;
}

void check_equal(const Array<double>& a, const Array<double>& b) {
    REQUIRE(a.shape() == b.shape());
    double scale = 0.01;
    for (const double v : a) scale = std::max(scale, std::abs(v));
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::abs(a.data()[i] - b.data()[i]) <= 1e-12 * scale);
}

void check_twins(const DifferentiableFunction& fused, const DifferentiableFunction& composed,
                 const Arguments& inputs) {
    const Results a = results_of(fused, inputs), b = results_of(composed, inputs);
    check_equal(a.value, b.value);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        CAPTURE(i);
        check_equal(a.gradients[i].value(), b.gradients[i].value());
        check_equal(a.recorded_gradients[i].value(), b.gradients[i].value());
        check_equal(a.second_derivatives[i].value(), b.second_derivatives[i].value());
    }
}

D random(const Shape& shape) {
    static Rng rng(11);
    return randn<double>(shape, rng);
}

}  // namespace

TEST_CASE("softmax, log_softmax: as composed of exp, sum and log") {
    for (const Shape& shape : {Shape{1}, Shape{5}, Shape{1, 4}, Shape{4, 1}, Shape{3, 17}, Shape{2, 3, 4}}) {
        CAPTURE(to_string(shape));
        check_twins([](const auto& in) { return softmax(in[0]); },
                    [](const auto& in) { return composed_softmax(in[0]); }, {random(shape)});
        check_twins([](const auto& in) { return log_softmax(in[0]); },
                    [](const auto& in) { return composed_log_softmax(in[0]); }, {random(shape)});
    }
}

TEST_CASE("logsumexp, variance: as composed of simpler ops, over any axes") {
    for (const Axes& axes :
         {Axes{}, Axes{0}, Axes{1}, Axes{2}, Axes{0, 1}, Axes{0, 2}, Axes{1, 2}, Axes{0, 1, 2}}) {
        CAPTURE(axes.size());
        check_twins([&](const auto& in) { return logsumexp(in[0], axes); },
                    [&](const auto& in) { return composed_logsumexp(in[0], axes); }, {random({2, 3, 5})});
        check_twins([&](const auto& in) { return variance(in[0], axes); },
                    [&](const auto& in) { return composed_variance(in[0], axes); }, {random({2, 3, 5})});
    }
}

TEST_CASE("linear: as composed of matmul, transpose and add") {
    for (const std::size_t batch : {1u, 2u, 33u})
        check_twins([](const auto& in) { return linear(in[0], in[1], in[2]); },
                    [](const auto& in) { return composed_linear(in[0], in[1], in[2]); },
                    {random({batch, 5}), random({3, 5}), random({3})});
}

TEST_CASE("cross_entropy: as composed of log_softmax and a one-hot sum") {
    const Indices labels{3, 0, 1, 3, 2};
    check_twins([&](const auto& in) { return cross_entropy(in[0], labels); },
                [&](const auto& in) { return composed_cross_entropy(in[0], labels); }, {random({5, 4})});
    check_twins([&](const auto& in) { return square(cross_entropy(in[0] * in[0], labels)); },
                [&](const auto& in) { return square(composed_cross_entropy(in[0] * in[0], labels)); },
                {random({5, 4})});
}

TEST_CASE("batch_norm: as composed of mean, square and sqrt") {
    for (const std::size_t batch : {2u, 3u, 50u}) {
        CAPTURE(batch);
        check_twins([](const auto& in) { return batch_norm(in[0], in[1], in[2], epsilon); },
                    [](const auto& in) { return composed_batch_norm(in[0], in[1], in[2]); },
                    {random({batch, 4}), random({4}), random({4})});
        check_twins(
            [](const auto& in) { return batch_norm(in[0], {}, {}, epsilon); },
            [](const auto& in) { return composed_batch_norm(in[0], ones<double>({4}), zeros<double>({4})); },
            {random({batch, 4})});
    }
}

TEST_CASE("a net of fused ops: as composed, through two layers") {
    const Indices labels{2, 0, 1, 1, 0, 2};
    const DifferentiableFunction fused = [&](const auto& in) {
        return cross_entropy(
            linear(tanh(batch_norm(linear(in[0], in[1], in[2]), in[3], in[4], epsilon)), in[5], in[6]),
            labels);
    };
    const DifferentiableFunction composed = [&](const auto& in) {
        return composed_cross_entropy(
            composed_linear(tanh(composed_batch_norm(composed_linear(in[0], in[1], in[2]), in[3], in[4])),
                            in[5], in[6]),
            labels);
    };
    check_twins(
        fused, composed,
        {random({6, 5}), random({4, 5}), random({4}), random({4}), random({4}), random({3, 4}), random({3})});
}
