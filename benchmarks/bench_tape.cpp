// The cost of the tape: the time of an op, forward and backward, compared with the same arithmetic on arrays
// and by the kernels alone. The tape's share is mul_recorded - mul_arrays and add_recorded - add_arrays.
#include <vector>

#include <benchmark/benchmark.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/core/array_math.hpp>

namespace {

using namespace xgrad;

constexpr int chain =
    1000;  // ops on one tape, so that what it costs to open one and to walk it does not count

Shape shape_of(const benchmark::State& state) {
    return state.range(0) == 0
               ? Shape{}
               : Shape{static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1))};
}

void per_op(benchmark::State& state) {
    state.counters["per_op"] = benchmark::Counter(
        chain, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// A chain of y = y x: both operands need a gradient.
void mul_recorded(benchmark::State& state) {
    Tensor<float> x(Array<float>(shape_of(state), 1.0F), RequiresGrad::yes);
    const Tensor<float> seed(Array<float>(shape_of(state), 1.0F));
    for (auto _ : state) {
        x.zero_grad();
        Tape tape;
        Tensor<float> y = x;
        for (int i = 0; i < chain; ++i) y = y * x;
        y.backward(seed);
    }
    per_op(state);
}

// A chain of y = y + x: no arithmetic in the backward functions, only the sum into x's gradient.
void add_recorded(benchmark::State& state) {
    Tensor<float> x(Array<float>(shape_of(state), 1.0F), RequiresGrad::yes);
    const Tensor<float> seed(Array<float>(shape_of(state), 1.0F));
    for (auto _ : state) {
        x.zero_grad();
        Tape tape;
        Tensor<float> y = x;
        for (int i = 0; i < chain; ++i) y = y + x;
        y.backward(seed);
    }
    per_op(state);
}

// The cost of an op outside a tape.
void mul_unrecorded(benchmark::State& state) {
    const Tensor<float> x(Array<float>(shape_of(state), 1.0F));
    for (auto _ : state) {
        Tensor<float> y = x;
        for (int i = 0; i < chain; ++i) y = y * x;
        benchmark::DoNotOptimize(y);
    }
    per_op(state);
}

// The same chain by hand on Arrays, which keeps each y for the backward pass, as the tape does: y x forward;
// dy y, a sum and dy x backward.
void mul_arrays(benchmark::State& state) {
    const Array<float> x(shape_of(state), 1.0F);
    Array<float> sum(shape_of(state), 0.0F);
    std::vector<Array<float>> ys(chain);
    for (auto _ : state) {
        ys[0] = x;
        for (int i = 1; i < chain; ++i) ys[i] = map(kernels::Binary::multiply, ys[i - 1], x, "mul");
        Array<float> dy = map(kernels::Binary::multiply, ys.back(), x, "mul");  // the last y, all ones
        for (int i = chain; i-- > 0;) {
            add_to(sum, map(kernels::Binary::multiply, dy, ys[i], "mul"));
            dy = map(kernels::Binary::multiply, dy, x, "mul");
            ys[i] = {};
        }
        benchmark::DoNotOptimize(sum);
    }
    per_op(state);
}

// y + x forward, a sum backward.
void add_arrays(benchmark::State& state) {
    const Array<float> x(shape_of(state), 1.0F);
    Array<float> sum(shape_of(state), 0.0F);
    for (auto _ : state) {
        Array<float> y = x;
        for (int i = 0; i < chain; ++i) {
            y = map(kernels::Binary::add, y, x, "add");
            add_to(sum, x);
        }
        benchmark::DoNotOptimize(y);
    }
    per_op(state);
}

// The arithmetic of mul by the kernels, into allocated memory.
void mul_kernels(benchmark::State& state) {
    using kernels::Step;
    const Array<float> x(shape_of(state), 1.0F);
    Array<float> y = x, to_x = x, to_y = x, sum = x;
    const std::size_t n = x.size();
    const auto multiply = [n](const Array<float>& a, const Array<float>& b, Array<float>& c) {
        kernels::binary(kernels::Binary::multiply, n, a.data(), Step::next, b.data(), Step::next, c.data());
    };
    for (auto _ : state) {
        for (int i = 0; i < chain; ++i) {
            multiply(y, x, y);
            multiply(y, x, to_x);
            multiply(y, x, to_y);
            kernels::binary(kernels::Binary::add, n, sum.data(), Step::next, to_x.data(), Step::next,
                            sum.data());
        }
        benchmark::DoNotOptimize(sum.data());
        benchmark::ClobberMemory();
    }
    per_op(state);
}

void shapes(benchmark::internal::Benchmark* bench) {
    bench->ArgNames({"rows", "columns"})->Args({0, 0})->Args({100, 50})->Unit(benchmark::kMicrosecond);
}

BENCHMARK(mul_recorded)->Apply(shapes);
BENCHMARK(add_recorded)->Apply(shapes);
BENCHMARK(mul_unrecorded)->Apply(shapes);
BENCHMARK(mul_arrays)->Apply(shapes);
BENCHMARK(add_arrays)->Apply(shapes);
BENCHMARK(mul_kernels)->Apply(shapes);

}  // namespace

BENCHMARK_MAIN();
