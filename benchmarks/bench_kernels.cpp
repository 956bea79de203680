// The parallel loops on one and on two threads: the size from which the second thread pays off.
#include <benchmark/benchmark.h>

#include <numeric>
#include <span>
#include <vector>

#include <xgrad/core/allocator.hpp>
#include <xgrad/core/kernels/elementwise.hpp>
#include <xgrad/core/kernels/gemm.hpp>
#include <xgrad/core/kernels/normalization.hpp>
#include <xgrad/core/kernels/update.hpp>
#include <xgrad/core/parallel.hpp>
#include <xgrad/core/rng.hpp>

namespace {

using namespace xgrad;
using kernels::Step;

using Values = std::vector<float, RecyclingAllocator<float>>;

std::size_t size(const benchmark::State& state) { return static_cast<std::size_t>(state.range(0)); }

// The second argument is the number of threads.
template <class F>
void measure(benchmark::State& state, F f) {
    set_num_threads(static_cast<int>(state.range(1)));
    for (auto _ : state) {
        f();
        benchmark::ClobberMemory();
    }
}

void add(benchmark::State& state) {
    const Values a(size(state), 1), b(size(state), 2);
    Values c(size(state));
    measure(state, [&] {
        kernels::binary(kernels::Binary::add, c.size(), a.data(), Step::next, b.data(), Step::next, c.data());
    });
}

void exp(benchmark::State& state) {
    const Values x(size(state), 0.5F);
    Values y(size(state));
    measure(state, [&] { kernels::unary(kernels::Unary::exp, x.size(), x.data(), y.data()); });
}

void sgd(benchmark::State& state) {
    const Values gradient(size(state), 1e-6F);
    Values w(size(state), 1);
    measure(state, [&] {
        kernels::sgd_update<float>(1, w.size(), w.size(), {1e-3F, 1e-2F, 0, false}, gradient.data(), nullptr,
                                   w.data());
    });
}

// Batches of 100 images of CIFAR-10's size; the argument is the number of images in the data set.
void convert_bytes(benchmark::State& state) {
    constexpr std::size_t features = 3072, batch = 100;
    const std::vector<unsigned char> images(size(state) * features, 100);
    const Values scale(features, 0.01F), shift(features, -0.5F);
    Values x(batch * features);
    std::vector<std::size_t> rows(size(state));
    std::iota(rows.begin(), rows.end(), 0);
    Rng rng(1);
    rng.shuffle(std::span(rows));
    std::size_t at = 0;
    measure(state, [&] {
        kernels::scale_bytes(batch, features, features, images.data(), rows.data() + at, scale.data(),
                             shift.data(), x.data());
        at = (at + batch) % rows.size();
    });
}

// The product of the forward pass through a layer with 50 inputs and outputs.
void product(benchmark::State& state) {
    const std::size_t rows = size(state), n = 50;
    const Values x(rows * n, 1), w(n * n, 1);
    Values y(rows * n);
    measure(state, [&] {
        kernels::gemm(Transpose::no, Transpose::yes, rows, n, n, x.data(), n, w.data(), n, false, y.data(),
                      n);
    });
}

// Forward and backward through a batch norm of 100 rows; the argument is the number of columns.
void batch_norm(benchmark::State& state) {
    const std::size_t rows = 100, n = size(state);
    const Values x(rows * n, 1), dy(rows * n, 1), gamma(n, 1), beta(n, 1);
    Values y(rows * n), mean(n), variance(n), dgamma(n), dbeta(n), dx(rows * n);
    measure(state, [&] {
        kernels::column_statistics(rows, n, n, x.data(), mean.data(), variance.data());
        kernels::batch_norm(rows, n, x.data(), mean.data(), gamma.data(), gamma.data(), beta.data(),
                            y.data());
        kernels::batch_norm_gradients(rows, n, n, x.data(), mean.data(), gamma.data(), gamma.data(),
                                      dy.data(), dx.data(), dgamma.data(), dbeta.data());
    });
}

void sizes(benchmark::internal::Benchmark* bench, std::vector<std::int64_t> counts) {
    bench->ArgNames({"n", "threads"})->ArgsProduct({std::move(counts), {1, 2}})->UseRealTime();
}

BENCHMARK(add)->Apply([](auto* bench) { sizes(bench, {1 << 15, 1 << 16, 1 << 17, 1 << 20, 1 << 23}); });
BENCHMARK(exp)->Apply([](auto* bench) { sizes(bench, {1 << 15, 1 << 16, 1 << 17, 1 << 20}); });
BENCHMARK(sgd)->Apply([](auto* bench) { sizes(bench, {1 << 15, 1 << 16, 153600, 1 << 20, 1 << 22}); });
BENCHMARK(convert_bytes)->Apply([](auto* bench) { sizes(bench, {100, 50000}); });
BENCHMARK(product)->Apply([](auto* bench) { sizes(bench, {100, 200, 400, 800}); });

BENCHMARK(batch_norm)->ArgNames({"n", "threads"})->ArgsProduct({{10, 20, 50, 1024}, {1}});

}  // namespace

BENCHMARK_MAIN();
