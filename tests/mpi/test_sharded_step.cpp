#include <xgrad/mpi/sharded_step.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <tuple>

#include <doctest/doctest.h>

#include "support/arrays.hpp"
#include "support/threads.hpp"

#include <xgrad/autograd/shard.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/convolution.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/layers/pooling.hpp>
#include <xgrad/nn/observer.hpp>
#include <xgrad/nn/recomputed.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/sgd.hpp>

using namespace xgrad;
using namespace xgrad::test;

namespace {

template <class T>
Sequential<T> perceptron(double dropout) {
    Rng rng(3);
    Sequential<T> net;
    net.add(Linear<T>(300, 20, rng)).add(BatchNorm1d<T>(20)).add(ReLU<T>());
    if (dropout > 0) net.add(Dropout<T>(dropout, rng));
    net.add(Linear<T>(20, 10, rng)).add(BatchNorm1d<T>(10)).add(ReLU<T>()).add(Linear<T>(10, 4, rng));
    return net;
}

template <class T>
Sequential<T> convolutional() {
    Rng rng(3);
    Sequential<T> net;
    net.add(Unflatten<T>(1, {3, 10, 10}))
        .add(Conv2d<T>(3, 8, {3, 3}, rng, {.padding = {1, 1}}))
        .add(BatchNorm2d<T>(8))
        .add(ReLU<T>());
    net.add(MaxPool2d<T>({2, 2})).add(Conv2d<T>(8, 4, {3, 3}, rng)).add(BatchNorm2d<T>(4));
    net.add(AdaptiveAvgPool2d<T>({1, 1})).add(Flatten<T>());
    return net;
}

// The losses of some steps, and the state after them.
template <class T>
struct Trained {
    std::vector<double> losses;
    std::vector<std::vector<T>> state;
    bool operator==(const Trained&) const = default;
};

// The images are 300 random values, 4 classes, in batches of at most `batch`.
template <class T>
TensorDataset<Tensor<T>, Indices> data() {
    Rng rng(5);
    std::vector<std::int32_t> labels;
    for (int i = 0; i < 120; ++i) labels.push_back(static_cast<std::int32_t>(rng.below(4)));
    const Tensor<T> x = randn<T>({120, 300}, rng);
    return TensorDataset(x, Indices(labels));
}

// Trains in `shards` parts, or in the usual way without them.
template <class T>
Trained<T> train(Sequential<T> net, std::optional<std::size_t> shards, std::size_t batch, int steps,
                 bool share_statistics = true) {
    const mpi::Communicator alone;
    std::optional<mpi::ShardedStep<T>> step;
    if (shards)
        step.emplace(alone, net, mpi::ShardOptions{.shards = *shards, .share_statistics = share_statistics});
    Batches batches(data<T>(), batch);
    SGD<T> sgd(net.parameters(), {.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 1e-3});
    Rng rng(7);
    Trained<T> trained;
    for (int n = 0; n < steps; ++n) {
        net.zero_grad();
        if (step) {
            trained.losses.push_back(
                (*step)(static_cast<std::uint64_t>(n), batches, rng, [&](const auto& shard) {
                    const auto& [x, labels] = shard;
                    return cross_entropy(net(x), labels);
                }));
        } else {
            const auto& [x, labels] = batches.next(rng);
            const Tape<T> tape;
            const Tensor<T> loss = cross_entropy(net(x), labels);
            loss.backward();
            trained.losses.push_back(static_cast<double>(loss.item()));
        }
        sgd.step();
    }
    for (const auto& [name, value] : net.state_dict())
        if (const auto* array = std::get_if<Array<T>>(&value)) trained.state.push_back(elements(*array));
    return trained;
}

}  // namespace

TEST_CASE_TEMPLATE("ShardedStep: the bits do not depend on the number of threads", T, float, double) {
    const auto in_threads = [](int count, const auto& make) {
        const Threads threads(count);
        // 100 rows in 3 shards, 20 in the last batch of an epoch.
        return train<T>(make(), 3, 100, 8);
    };
    const auto same = [&](const auto& make) {
        const Trained<T> alone = in_threads(1, make);
        for (const int threads : {2, 3, 4, 8}) CHECK(in_threads(threads, make) == alone);
    };
    same([] { return perceptron<T>(0.3); });
    same([] {  // whose products are OpenBLAS's, and large enough for several threads
        Rng rng(3);
        Sequential<T> net;
        net.add(Linear<T>(300, 200, rng))
            .add(BatchNorm1d<T>(200))
            .add(ReLU<T>())
            .add(Linear<T>(200, 300, rng));
        net.add(Linear<T>(300, 4, rng));
        return net;
    });
    same([] { return convolutional<T>(); });
}

TEST_CASE("ShardedStep: what the whole batch gives, in double") {
    for (const std::size_t shards : {1u, 2u, 3u, 8u}) {
        CAPTURE(shards);
        for (const auto& make :
             {+[] { return perceptron<double>(0); }, +[] { return convolutional<double>(); }}) {
            const Trained<double> whole = train(make(), std::nullopt, 50, 20),
                                  sharded = train(make(), shards, 50, 20);
            CHECK(difference(sharded.losses, whole.losses) < 1e-12);
            REQUIRE(sharded.state.size() == whole.state.size());
            for (std::size_t i = 0; i < whole.state.size(); ++i)
                CHECK(difference(sharded.state[i], whole.state[i]) < 1e-12);
        }
    }
}

namespace {

// 30 rows, and the mean loss of some of them.
struct Example {
    mpi::Communicator alone;
    Sequential<double> net = perceptron<double>(0);
    std::tuple<Tensor<double>, Indices> batch = [] {
        Rng rng(11);
        std::vector<std::int32_t> labels;
        for (int i = 0; i < 30; ++i) labels.push_back(static_cast<std::int32_t>(rng.below(4)));
        return std::tuple(randn<double>({30, 300}, rng), Indices(labels));
    }();

    Tensor<double> loss(std::size_t first, std::size_t count) {
        const auto [x, labels] = mpi::rows_of(batch, first, count);
        return cross_entropy(net(x), labels);
    }
    mpi::ShardedStep<double> step(mpi::ShardOptions options) { return {alone, net, std::move(options)}; }
    std::vector<std::vector<double>> gradients() {
        std::vector<std::vector<double>> all;
        for (const auto& parameter : net.parameters())
            all.push_back(elements(parameter.tensor.grad().value()));
        return all;
    }
};

void check_close(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(difference(a[i], b[i]) < 1e-13);
}

}  // namespace

TEST_CASE("ShardedStep: shards with statistics of their own are batches, of which each counts by its rows") {
    Example example;
    auto step = example.step({.shards = 4, .share_statistics = false});
    const double loss = step.run(0, 30, [&](auto first, auto count) { return example.loss(first, count); });
    const auto sharded = example.gradients();
    const auto running = elements(std::get<Array<double>>(example.net.state_dict().at("1.running_mean")));

    Example expected;
    double sum = 0;
    std::vector<double> mean(20);
    for (std::size_t shard = 0; shard < 4; ++shard) {
        const std::size_t first = 30 * shard / 4, count = 30 * (shard + 1) / 4 - first;
        const double weight = static_cast<double>(count) / 30;
        const Tape<double> tape;
        const Tensor<double> part = expected.loss(first, count) * weight;
        part.backward();
        sum += part.item();
    }
    CHECK(loss == doctest::Approx(sum).epsilon(1e-13));
    check_close(sharded, expected.gradients());
    // The running statistics follow the mean over the shards, once.
    CHECK(std::get<std::int64_t>(example.net.state_dict().at("1.num_batches_tracked")) == 1);
    Example of_shards;
    for (std::size_t shard = 0; shard < 4; ++shard) {
        Example one;
        const std::size_t first = 30 * shard / 4, count = 30 * (shard + 1) / 4 - first;
        one.loss(first, count);
        const auto part = elements(std::get<Array<double>>(one.net.state_dict().at("1.running_mean")));
        for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += part[j] / 4;
    }
    CHECK(difference(running, mean) < 1e-13);
}

TEST_CASE("ShardedStep: fewer rows than shards; gradients are added to those that are there") {
    Example example;
    auto step = example.step({.shards = 8});
    const auto run = [&](std::size_t rows) {
        return step.run(0, rows, [&](auto first, auto count) { return example.loss(first, count); });
    };
    const double loss = run(5), more = run(30);

    Example expected;
    const Tape<double> tape;
    const Tensor<double> few = expected.loss(0, 5), all = expected.loss(0, 30);
    (few + all).backward();
    CHECK(loss == doctest::Approx(few.item()).epsilon(1e-13));
    CHECK(more == doctest::Approx(all.item()).epsilon(1e-13));
    check_close(example.gradients(), expected.gradients());
}

TEST_CASE("ShardedStep: a weight that is used twice, one that is used by some shards, one that is not used") {
    struct Net final : Module<double> {
        std::array<Tensor<double>, 3> weights;
        Net() {
            Rng rng(4);
            for (auto& weight : weights)
                weight = Tensor<double>(randn<double>({6, 6}, rng).value(), RequiresGrad::yes);
        }
        std::string kind() const override { return "Net"; }
        void visit(StateVisitor<double>& state) override {
            state.parameter("twice", weights[0]);
            state.parameter("sometimes", weights[1]);
            state.parameter("never", weights[2]);
        }
        std::unique_ptr<Module<double>> clone() const override { return nullptr; }
    } net;
    Rng rng(5);
    const Tensor<double> x = randn<double>({10, 6}, rng);
    const auto loss_of = [&](const Tensor<double>& rows, bool first) {
        Tensor<double> y = linear(linear(rows, net.weights[0]), net.weights[0]);
        if (first) y = y * linear(rows, net.weights[1]);
        return sum(square(y)) / static_cast<double>(rows.shape()[0]);
    };
    const mpi::Communicator alone;
    mpi::ShardedStep<double> step(alone, net, {.shards = 5});
    step.run(0, 10, [&](std::size_t first, std::size_t count) {
        return loss_of(std::get<0>(mpi::rows_of(std::tuple(x), first, count)), first < 4);
    });
    const auto twice = elements(net.weights[0].grad().value()),
               sometimes = elements(net.weights[1].grad().value());
    CHECK_FALSE(net.weights[2].has_grad());
    net.zero_grad();
    const Tape<double> tape;
    for (std::size_t first = 0; first < 10; first += 2)
        (loss_of(std::get<0>(mpi::rows_of(std::tuple(x), first, 2)), first < 4) / 5).backward();
    CHECK(difference(twice, elements(net.weights[0].grad().value())) < 1e-12);
    CHECK(difference(sometimes, elements(net.weights[1].grad().value())) < 1e-12);
}

TEST_CASE("ShardedStep: whether to stop is asked in each step") {
    Example example;
    bool stop = false;
    auto step = example.step({.shards = 2, .stop_requested = [&] { return stop; }});
    const auto run = [&] {
        step.run(0, 30, [&](auto first, auto count) { return example.loss(first, count); });
        return step.stop_requested();
    };
    CHECK_FALSE(run());
    stop = true;
    CHECK(run());
}

TEST_CASE("ShardedStep: what is refused, and that the next step is as if nothing had been") {
    const mpi::Communicator alone;
    Sequential<double> some = perceptron<double>(0);
    CHECK_THROWS_WITH_AS(mpi::ShardedStep<double>(alone, some, {.shards = 0}),
                         "ShardedStep: expected at least one shard, got 0", ValueError);
    for (const int threads : {1, 3}) {
        const Threads running(threads);
        Example example;
        auto step = example.step({.shards = 4});
        const auto good = [&](std::size_t first, std::size_t count) { return example.loss(first, count); };
        CHECK_THROWS_WITH_AS(step.run(0, 0, good), "ShardedStep: expected a batch of at least one row, got 0",
                             ValueError);
        // The third shard begins at row 15. The others wait for its statistics in vain.
        static std::atomic<int> alive;
        alive = 0;
        struct Counted {
            Counted() { ++alive; }
            ~Counted() { --alive; }
        };
        CHECK_THROWS_WITH_AS(step.run(0, 30,
                                      [&](std::size_t first, std::size_t count) {
                                          const Counted counted;
                                          if (first == 15) return example.net(zeros<double>({count, 299}));
                                          return example.loss(first, count);
                                      }),
                             "shard 2: 0.Linear: linear: expected x (..., 300), got (7, 299): 300 != 299",
                             ShapeError);
        CHECK(alive == 0);
        CHECK_THROWS_WITH_AS(
            step.run(0, 30,
                     [&](std::size_t first, std::size_t count) {
                         if (first == 22) return sum(square(example.net.parameters()[0].tensor));
                         return example.loss(first, count);
                     }),
            "shard 0 asks for 21 sums in batch_norm, shard 3 for no sum any more: the function must do the same in each shard",
            ValueError);
        CHECK_THROWS_WITH_AS(
            step.run(0, 30,
                     [&](std::size_t, std::size_t) { return square(example.net.parameters()[1].tensor); }),
            "shard 0: ShardedStep: expected the loss to be a scalar, the mean over the rows; got shape (20)",
            ShapeError);
        const Tensor<double> stranger(ones<double>({3}).value(), RequiresGrad::yes);
        CHECK_THROWS_WITH_AS(
            step.run(0, 30, [&](std::size_t, std::size_t) { return sum(stranger * 2); }),
            "shard 0: ShardedStep: the loss depends on a leaf of shape (3) that requires a gradient and is no parameter of the net",
            GraphError);
        CHECK_THROWS_AS(step.run(0, 30, [&](std::size_t, std::size_t) { return ones<double>({}); }),
                        GraphError);

        example.net.zero_grad();
        Example fresh;
        CHECK(step.run(0, 30, good) == fresh.step({.shards = 4}).run(0, 30, [&](auto first, auto count) {
            return fresh.loss(first, count);
        }));
        CHECK(example.gradients() == fresh.gradients());
    }
}

TEST_CASE("rows_of: rows in the memory of the batch, and none that are not there") {
    const Batch<float> batch{ones<float>({4, 2}), Indices{1, 2, 3, 4}, ones<float>({4, 5})};
    const Batch<float> rows = mpi::rows_of(batch, 1, 2);
    CHECK(rows.x.shape() == Shape{2, 2});
    CHECK(rows.x.value().data() == batch.x.value().data() + 2);
    CHECK(rows.labels == Indices{2, 3});
    CHECK(rows.soft_labels.shape() == Shape{2, 5});
    CHECK_THROWS_WITH_AS(mpi::rows_of(batch.labels, 3, 2), "rows_of: rows 3 ... 5 of indices of shape (4)",
                         ShapeError);
}

TEST_CASE("ShardedStep: each shard of each step has a generator of its own") {
    Example example;
    auto step = example.step({.shards = 6, .seed = 3});
    std::mutex mutex;
    std::set<std::uint64_t> drawn;
    for (std::uint64_t n = 0; n < 20; ++n)
        step.run(n, 30, [&](auto first, auto count) {
            const std::uint64_t bits = Shard::current()->generator().bits();
            {
                const std::scoped_lock lock(mutex);
                drawn.insert(bits);
            }
            return example.loss(first, count);
        });
    CHECK(drawn.size() == 6 * 20);
}

TEST_CASE("ShardedStep: an Observer in a shard sees its calls, one outside none") {
    const Threads threads(2);
    Example example;
    const Observer<double> outside(example.net);
    std::atomic<int> wrong = 0;
    example.step({.shards = 5}).run(0, 30, [&](auto first, auto count) {
        const Observer<double> inside(example.net, "0");
        const Tensor<double> loss = example.loss(first, count);
        if (inside.calls().size() != 1) ++wrong;
        return loss;
    });
    CHECK(wrong == 0);
    CHECK(outside.calls().empty());
}

TEST_CASE(
    "ShardedStep: refuses a batch of other rows, recomputed modules, and what a tape that detects finds") {
    Example example;
    auto step = example.step({.shards = 4, .anomaly = Anomaly::detect});
    Rng rng(1);
    Batches<TensorLoader<TensorDataset<Tensor<double>, Indices>>> batches(data<double>(), 50);
    batches.take_part([](std::size_t) { return RowRange{0, 20}; });
    CHECK_THROWS_WITH_AS(
        step(0, batches, rng, [](const auto& shard) { return sum(std::get<0>(shard)); }),
        "ShardedStep: the batch has 20 rows, and this process computes 50 of 50: call batches.take_part(step.part()) first",
        ValueError);
    CHECK_THROWS_WITH_AS(
        step.run(0, 30,
                 [&](auto first, auto count) {
                     return sum(
                         recomputed(example.net, std::get<0>(mpi::rows_of(example.batch, first, count))));
                 }),
        "shard 0: recomputed: a module cannot be recomputed in a shard of a batch: several threads use it",
        GraphError);
    CHECK_THROWS_AS(
        step.run(0, 30, [&](auto first, auto count) { return log(example.loss(first, count) * 0.0 - 1.0); }),
        NumericsError);
}
