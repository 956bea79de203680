// Matrix products of small nets by xgrad's kernels and by OpenBLAS: the measurements behind the choice in
// core/kernels/gemm.cpp.
#include <benchmark/benchmark.h>

#include <xtensor-blas/xblas.hpp>

#include <xgrad/autograd/tensor.hpp>
#include <xgrad/core/kernels/gemm.hpp>
#include <xgrad/core/kernels/narrow_gemm.hpp>
#include <xgrad/core/parallel.hpp>

namespace {

using namespace xgrad;

// op(A) op(B) of extents m, n, k, where A is (k, m) if transpose_a and B is (n, k) if transpose_b.
struct Product {
    std::size_t m, n, k;
    bool transpose_a, transpose_b;
    Array<float> a, b, c;

    explicit Product(const benchmark::State& state)
        : m(extent(state, 0)),
          n(extent(state, 1)),
          k(extent(state, 2)),
          transpose_a(state.range(3) != 0),
          transpose_b(state.range(4) != 0) {
        Rng rng(1);
        a = randn({m, k}, rng).value();
        b = randn({k, n}, rng).value();
        c = randn({m, n}, rng).value();
    }
    std::size_t lda() const { return transpose_a ? m : k; }
    std::size_t ldb() const { return transpose_b ? k : n; }

private:
    static std::size_t extent(const benchmark::State& state, std::size_t i) {
        return static_cast<std::size_t>(state.range(i));
    }
};

template <class F>
void measure(benchmark::State& state, F multiply) {
    set_num_threads(1);
    Product p(state);
    for (auto _ : state) {
        multiply(p);
        benchmark::ClobberMemory();
    }
    state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * static_cast<double>(p.m * p.n * p.k),
                                                   benchmark::Counter::kIsIterationInvariantRate);
}

void blas(benchmark::State& state) {
    measure(state, [](Product& p) {
        const auto i = [](std::size_t extent) { return static_cast<xt::blas_index_t>(extent); };
        cxxblas::gemm<xt::blas_index_t>(cxxblas::RowMajor, p.transpose_a ? cxxblas::Trans : cxxblas::NoTrans,
                                        p.transpose_b ? cxxblas::Trans : cxxblas::NoTrans, i(p.m), i(p.n),
                                        i(p.k), 1.0F, p.a.data(), i(p.lda()), p.b.data(), i(p.ldb()), 0.0F,
                                        p.c.data(), i(p.n));
    });
}

void dot_products(benchmark::State& state) {
    measure(state, [](Product& p) {
        kernels::dot_product_gemm(p.m, p.n, p.k, p.a.data(), p.k, p.b.data(), p.k, false, p.c.data(), p.n);
    });
}

void outer_products(benchmark::State& state) {
    using kernels::Strides;
    measure(state, [](Product& p) {
        kernels::outer_product_gemm(
            p.m, p.n, p.k, p.a.data(), p.transpose_a ? Strides{1, p.m} : Strides{p.k, 1}, p.b.data(),
            p.transpose_b ? Strides{1, p.k} : Strides{p.n, 1}, false, p.c.data(), p.n);
    });
}

// What gemm() itself takes, its choice included.
void chosen(benchmark::State& state) {
    measure(state, [](Product& p) {
        kernels::gemm(p.transpose_a ? Transpose::yes : Transpose::no,
                      p.transpose_b ? Transpose::yes : Transpose::no, p.m, p.n, p.k, p.a.data(), p.lda(),
                      p.b.data(), p.ldb(), false, p.c.data(), p.n);
    });
}

void shapes(benchmark::internal::Benchmark* bench, bool first, bool forward, bool rest) {
    bench->ArgNames({"m", "n", "k", "ta", "tb"});
    if (first)
        bench->Args({100, 50, 3072, 0, 1})
            ->Args({500, 50, 3072, 0, 1})
            ->Args({256, 10, 1024, 0, 1})
            ->Args({4, 50, 3072, 0, 1})
            ->Args({1, 50, 3072, 0, 1});
    if (forward)
        for (const int k : {10, 50, 100, 200, 400, 800}) bench->Args({100, 50, k, 0, 1});
    if (rest)
        bench->Args({50, 3072, 100, 1, 0})
            ->Args({10, 1024, 256, 1, 0})
            ->Args({50, 50, 100, 1, 0})
            ->Args({100, 50, 50, 0, 0})
            ->Args({100, 10, 10, 0, 0})
            ->Args({10, 10, 100, 1, 0})
            ->Args({64, 64, 64, 0, 0})
            ->Args({64, 512, 512, 0, 0})
            ->Args({128, 512, 512, 0, 0})
            ->Args({512, 64, 512, 0, 0})
            ->Args({2, 512, 512, 0, 0})
            ->Args({4, 512, 512, 0, 0})
            ->Args({8, 512, 512, 0, 0})
            ->Args({16, 512, 512, 0, 0})
            ->Args({1024, 1024, 10, 0, 0})
            ->Args({50, 3072, 1000, 1, 0});
}

BENCHMARK(blas)->Apply([](auto* bench) { shapes(bench, true, true, true); });
BENCHMARK(dot_products)->Apply([](auto* bench) { shapes(bench, true, true, false); });
BENCHMARK(outer_products)->Apply([](auto* bench) { shapes(bench, true, true, true); });
BENCHMARK(chosen)->Apply([](auto* bench) { shapes(bench, true, true, true); });

}  // namespace

BENCHMARK_MAIN();
