// The convolutions of xgrad: a contestant of convolutions_side_by_side.
#include <algorithm>
#include <memory>

#include <xsimd/xsimd.hpp>

#include <xgrad/autograd/ops/convolution.hpp>
#include <xgrad/core/kernels/convolution.hpp>
#include <xgrad/core/parallel.hpp>

#include "convolutions.hpp"

namespace {

using namespace xgrad;

Array<float> array(const contest::Extents& extents, unsigned seed) {
    Array<float> values(Shape(extents.begin(), extents.end()));
    std::ranges::copy(contest::drawn(extents, seed), values.data());
    return values;
}

std::size_t count(std::int64_t n) { return static_cast<std::size_t>(n); }

contest::Run run(const contest::Layer& layer, std::int64_t batch) {
    struct Arrays {
        Tensor<float> x, w;
        Array<float> dy;
    };
    const auto in = std::make_shared<Arrays>(
        Arrays{Tensor(array(layer.x(batch), 1)), Tensor(array(layer.w(), 2)), array(layer.y(batch), 3)});
    const std::size_t extent = count(layer.extent), kernel = count(layer.kernel),
                      result = count(layer.result()), stride = count(layer.stride),
                      padding = count(layer.padding());
    const kernels::Convolution c{
        count(batch),     count(layer.in),  count(layer.out),   1,     {extent, extent}, {kernel, kernel},
        {result, result}, {stride, stride}, {padding, padding}, {1, 1}};
    const Conv2dOptions options{.stride = stride, .padding = padding};
    return {{"forward", [=] { conv2d(in->x, in->w, {}, options); }},
            {"dx",
             [=] {
                 Array<float> dx(in->x.shape());
                 kernels::convolve_input_gradient(c, in->w.value().data(), in->dy.data(), dx.data());
             }},
            {"dw", [=] {
                 Array<float> dw(in->w.shape());
                 kernels::convolve_weight_gradient(c, in->x.value().data(), in->dy.data(), dw.data());
             }}};
}

volatile float sink;  // for results that nothing else reads

// What the processor can do: 10^8 operations on each thread, in multiplications with addition that do not
// wait for each other.
contest::Run peak(std::int64_t) {
    const auto multiply = [](std::size_t, std::size_t) {
        using Simd = xsimd::batch<float, xsimd::default_arch>;
        constexpr std::size_t sums = 10, operations = 2 * sums * Simd::size;
        Simd sum[sums];
        for (std::size_t j = 0; j < sums; ++j) sum[j] = Simd(static_cast<float>(j));
        const Simd a(0.5F), b(1.0F);
        for (std::size_t i = 0; i < 100'000'000 / operations; ++i)
            for (auto& s : sum) s = xsimd::fma(s, a, b);
        for (const auto& s : sum) sink = s.get(0);
    };
    return {{"forward", [=] { parallel_for(count(num_threads()), 1, multiply); }}};
}

}  // namespace

int main() {
    auto entries = contest::entries_of(run);
    entries.push_back({"peak", [](const contest::Size& size) { return peak(size.n); }});
    return contest::converse("kernels of xgrad", entries, set_num_threads);
}
