#include <xgrad/autograd/shard.hpp>

#include <numeric>

#include <doctest/doctest.h>
#include <xgrad/autograd/ops.hpp>

#include "support/arrays.hpp"
#include "support/shards.hpp"
#include "support/tensors.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

using Tensors = std::vector<Tensor<double>>;

// Consecutive rows of x, as many as `rows` says for each shard.
Tensors cut(const Tensor<double>& x, const std::vector<std::size_t>& rows) {
    Tensors parts;
    std::ptrdiff_t begin = 0;
    for (const std::size_t count : rows) {
        const std::ptrdiff_t end = begin + static_cast<std::ptrdiff_t>(count);
        parts.push_back(slice(x, 0, begin, end));
        begin = end;
    }
    return parts;
}

double largest_difference(const Tensor<double>& a, const Tensor<double>& b) {
    REQUIRE(a.shape() == b.shape());
    return difference(values(a), values(b));
}

// What a shard, or a whole batch, gives: the value, the gradients of sum(seed y) with respect to x, gamma and
// beta, and those of the sum of the squares of the first one, all but the last two of its own rows.
struct Found {
    Tensor<double> y, dx, dgamma, dbeta, second_dx;
    double count = 0;
};
Found normalize(const Tensor<double>& rows, const Tensor<double>& slope, const Tensor<double>& shift,
                const Tensor<double>& seed, Activation activation) {
    const Tensor<double> x = leaf(rows.value()), gamma = leaf(slope.value()), beta = leaf(shift.value());
    const Tape<double> tape;
    BatchStatistics<double> statistics;
    const Tensor<double> y = batch_norm(x, gamma, beta, 1e-3, &statistics, activation);
    const Tensors first = grad(sum(seed * y), {x, gamma, beta}, {.retain_graph = true});
    const Tensor<double> slope_of_x = grad(sum(seed * y), {x}, {.create_graph = true})[0];
    const Tensor<double> second = grad(sum(square(slope_of_x)), {x})[0];
    return {y.detach(), first[0], first[1], first[2], second, statistics.count};
}

}  // namespace

TEST_CASE("all_sum: outside a shard it is x itself") {
    const Tensor<double> x = ones<double>({3});
    CHECK(all_sum(x).is_same(x));
}

TEST_CASE_TEMPLATE("all_sum: the sum over the shards, whose gradient is the sum of their gradients", T, float,
                   double) {
    in_shards(3, [](std::size_t i) {
        const auto number = static_cast<double>(i + 1);
        const Tensor<T> x(Array<T>({1}, T(number)), RequiresGrad::yes);
        const Tape<T> tape;
        const Tensor<T> y = all_sum(square(x));
        CHECK(y.item() == 1 + 4 + 9);
        // d(sum of all shards' losses)/dy = 10 + 20 + 30
        const Tensor<T> slope = grad(sum(y * (10 * number)), {x}, {.create_graph = true})[0];
        CHECK(slope.item() == T(60 * 2 * number));
        CHECK(grad(slope, {x})[0].item() == 120);
    });
}

TEST_CASE("batch_norm: shards together give what the whole batch gives, in both orders") {
    Rng rng(1);
    const std::vector<std::size_t> counts{3, 0, 5, 1};
    for (const Shape& shape : {Shape{9, 4}, Shape{9, 3, 2, 5}})
        for (const Activation activation : {Activation::none, Activation::relu}) {
            CAPTURE(to_string(shape));
            CAPTURE((activation == Activation::relu));
            const Tensor<double> x = randn<double>(shape, rng), seed = randn<double>(shape, rng),
                                 gamma = randn<double>({shape[1]}, rng),
                                 beta = randn<double>({shape[1]}, rng);
            const Found whole = normalize(x, gamma, beta, seed, activation);
            const Tensors xs = cut(x, counts), seeds = cut(seed, counts);
            std::vector<Found> parts(counts.size());
            in_shards(counts.size(),
                      [&](std::size_t i) { parts[i] = normalize(xs[i], gamma, beta, seeds[i], activation); });
            Tensors ys, dxs, second;
            Tensor<double> dgamma = zeros<double>({shape[1]}), dbeta = dgamma;
            for (const Found& part : parts) {
                ys.push_back(part.y);
                dxs.push_back(part.dx);
                second.push_back(part.second_dx);
                dgamma = dgamma + part.dgamma;
                dbeta = dbeta + part.dbeta;
                CHECK(part.count == whole.count);
            }
            CHECK(largest_difference(concatenate(ys, 0), whole.y) < 1e-13);
            CHECK(largest_difference(concatenate(dxs, 0), whole.dx) < 1e-13);
            CHECK(largest_difference(dgamma, whole.dgamma) < 1e-13);
            CHECK(largest_difference(dbeta, whole.dbeta) < 1e-13);
            CHECK(largest_difference(concatenate(second, 0), whole.second_dx) < 1e-11);
        }
}

TEST_CASE("batch_norm: shards that do not share their statistics are batches of their own") {
    Rng rng(2);
    const Tensor<double> x = randn<double>({6, 4}, rng), seed = randn<double>({6, 4}, rng),
                         gamma = ones<double>({4}), beta = zeros<double>({4});
    const Tensors xs = cut(x, {2, 4}), seeds = cut(seed, {2, 4});
    in_shards(2,
              [&](std::size_t i) {
                  const Found part = normalize(xs[i], gamma, beta, seeds[i], Activation::none);
                  const Tensor<double> y = batch_norm(xs[i], gamma, beta, 1e-3);
                  CHECK(part.count == (i == 0 ? 2 : 4));
                  CHECK(largest_difference(part.y, y) == 0);
              },
              {.share_statistics = false});
}

TEST_CASE("batch_norm: what shards refuse") {
    const Tensor<double> gamma = leaf(ones<double>({4}).value()), beta = leaf(zeros<double>({4}).value());
    in_shards(2, [&](std::size_t) {
        CHECK_THROWS_WITH_AS(batch_norm(zeros<double>({0, 4}), gamma, beta),
                             "batch_norm: expected at least one row, got x (0, 4)", ShapeError);
    });
    const Tape<double> outer;
    in_shards(1, [&](std::size_t) {
        // A tape that outlives the function that the shard calls.
        auto* const tape = new Tape<double>;
        const Tensor<double> x = leaf(ones<double>({2, 4}).value());
        const Tensor<double> y = sum(batch_norm(x, gamma, beta));
        struct Outside : Shard {
            Shard* inside = std::exchange(innermost, nullptr);
            ~Outside() override { innermost = inside; }
            void all_sum(const char*, std::span<double>) override {}
            Rng& generator() noexcept override { std::abort(); }
            bool shares_statistics() const noexcept override { return false; }
            bool updates_buffers() const noexcept override { return false; }
        } const outside;
        CHECK_THROWS_WITH_AS(
            y.backward({.retain_graph = true}),
            "batch_norm: it was recorded in a shard of a batch: walk back in the same function, not after it",
            GraphError);
        CHECK_THROWS_WITH_AS(
            grad(y, {x}, {.create_graph = true}),
            "batch_norm: it was recorded in a shard of a batch: walk back in the same function, not after it",
            GraphError);
        delete tape;
    });
}
