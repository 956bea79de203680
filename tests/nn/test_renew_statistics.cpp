#include <xgrad/nn/renew_statistics.hpp>

#include <doctest/doctest.h>

#include <xgrad/autograd/record.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include "support/arrays.hpp"

using namespace xgrad;

namespace {

struct Fixture {
    Rng rng{1};
    BatchNorm1d<double>* norm = nullptr;
    Sequential<double> net = make();
    std::vector<Tensor<double>> batches{randn<double>({8, 3}, rng), randn<double>({5, 3}, rng) * 2.0,
                                        randn<double>({6, 3}, rng) + 1.0};

    Sequential<double> make() {
        auto layer = std::make_unique<BatchNorm1d<double>>(4, BatchNormOptions{.momentum = 0.3});
        norm = layer.get();
        Sequential<double> all{Linear<double>(3, 4, rng), Dropout<double>(0.5, rng)};
        all.add(std::move(layer)).add(Linear<double>(4, 2, rng));
        return all;
    }

    void run() {
        for (const Tensor<double>& x : batches) net(x);
    }
};

}  // namespace

TEST_CASE("renew_statistics: the means of the batches' means and unbiased variances, whatever was before") {
    Fixture f;
    f.run();
    Sequential<double> plain{BatchNorm1d<double>(3)};
    plain(f.batches[0]);
    renew_statistics(plain, [&] {
        for (const Tensor<double>& x : f.batches) plain(x);
    });
    std::vector<double> mean(3), variance(3);
    for (const Tensor<double>& x : f.batches) {
        const Array<double> m = xgrad::mean(x, {0}).value();
        const Array<double> v = xgrad::variance(x, {0}, KeepDims::no, 1).value();
        for (std::size_t j = 0; j < 3; ++j) {
            mean[j] += m(j) / 3;
            variance[j] += v(j) / 3;
        }
    }
    auto& layer = dynamic_cast<BatchNorm1d<double>&>(plain[0]);
    CHECK(test::difference(test::elements(layer.running_mean().value()), mean) < 1e-14);
    CHECK(test::difference(test::elements(layer.running_variance().value()), variance) < 1e-14);
    CHECK(layer.batches_tracked() == 3);
    CHECK(layer.options().momentum == 0.1);
}

TEST_CASE("renew_statistics: modes, momentum, generators and a tape stay as they were") {
    Fixture f;
    f.net.eval();
    f.net[1].train();
    const Rng::State generator = f.net.generators()[0].second->state();
    StateDict<double> once;
    for (int time = 0; time < 2; ++time) {
        Tape<double> tape;
        renew_statistics(f.net, [&] {
            CHECK(f.net.is_training());
            CHECK(f.norm->is_training());
            CHECK(!is_recording<double>());
            f.run();
        });
        CHECK(is_recording<double>());
        CHECK(!f.net.is_training());
        CHECK(f.net[1].is_training());
        CHECK(f.norm->options().momentum == 0.3);
        CHECK(f.net.generators()[0].second->state() == generator);
        if (time == 0) once = f.net.state_dict();
        CHECK(f.net.state_dict() == once);  // the same statistics again, whatever they were before
    }
}

TEST_CASE("renew_statistics: after an error everything is as before") {
    Fixture f;
    f.run();
    f.net.eval();
    const StateDict<double> before = f.net.state_dict();
    const Rng::State generator = f.net.generators()[0].second->state();
    CHECK_THROWS_WITH_AS(
        renew_statistics(f.net,
                         [&] {
                             f.run();
                             f.net(zeros<double>({1, 3}));
                         }),
        "2.BatchNorm1d: training needs a batch of at least 2 to normalize with, got (1, 4); for a "
        "single row call eval() first; its input comes from 1.Dropout",
        ShapeError);
    CHECK(f.net.state_dict() == before);
    CHECK(f.net.generators()[0].second->state() == generator);
    CHECK(!f.net.is_training());
    CHECK(f.norm->options().momentum == 0.3);
}

TEST_CASE("renew_statistics: also of BatchNorm2d") {
    BatchNorm2d<float> net(1);
    const Tensor<float> x(Array<float>{{{{1.0F, 3.0F}}}});
    renew_statistics(net, [&] { net(x); });
    CHECK(net.running_mean().item() == 2);
    CHECK(net.running_variance().item() == 2);
}

TEST_CASE("renew_statistics: a net without batch norm is not run") {
    Rng rng(1);
    Linear<float> net(2, 2, rng);
    renew_statistics(net, [] { FAIL("run"); });
}
