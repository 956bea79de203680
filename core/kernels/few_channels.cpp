#include <algorithm>
#include <vector>

#include <xgrad/core/kernels/correlation.hpp>
#include <xgrad/core/kernels/narrow_correlation.hpp>
#include <xgrad/core/parallel.hpp>

// Where y has few channels, as images have, pixels lie in the registers, and not channels. A band of rows of
// the image with its zeros is one long row of pixels; the results in columns that y does not have are left
// out.
namespace xgrad::kernels::patches {

template <class T>
bool has_few_channels(const Correlation<T>& map) {
    const std::size_t pixels = area(map.grid);
    return map.out <= narrow_channels && map.stride == Plane{1, 1} && map.step == Plane{1, 1} &&
           map.out * rounded_up(pixels, narrow_pixels) <= implicit_columns * pixels;
}

template <class T>
void correlate_few_channels(const Correlation<T>& map, const T* x, T* y) {
    std::vector<T> weights;
    for (std::size_t group = 0; group < map.groups; ++group)
        for (std::size_t c = 0; c < map.in; ++c)
            for (std::size_t t = 0; t < map.taps.size(); ++t)
                for (std::size_t o = 0; o < map.out; ++o)
                    weights.push_back(
                        map.w[group * map.w_group + c * map.w_in + map.w_tap(t) + o * map.w_out]);

    const std::size_t threads = static_cast<std::size_t>(num_threads());
    const std::size_t row_bytes = map.in * map.input[1] * sizeof(T);
    const std::size_t all = map.batch * map.groups,  // groups of channels of an image
        bands = std::max(ceiling(threads, std::max<std::size_t>(1, all)),
                         ceiling(map.grid[0] * row_bytes, most_bytes)),
                      rows = ceiling(map.grid[0], bands), per_group = ceiling(map.grid[0], rows);
    parallel_for(all * per_group, 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const std::size_t at = i / per_group, group = at % map.groups, first = i % per_group * rows,
                              height = std::min(rows, map.grid[0] - first);
            const Window window(map.taps, {1, 1}, first, {height, map.grid[1]});
            const std::size_t pitch = window.extent[1], n = rounded_up(height * pitch, narrow_pixels);
            // The last pixels see what lies behind the band.
            Scratch<T> seen(map.in * area(window.extent) + n), results(map.out * n);
            window.copy(map.in, map.input, x + at * map.in * area(map.input), seen.data());
            std::fill_n(seen.data() + map.in * area(window.extent), n, T{0});
            std::vector<std::ptrdiff_t> steps;
            for (std::size_t c = 0; c < map.in; ++c)
                for (const Offset& tap : map.taps)
                    steps.push_back(window.at(c, {tap[0] + integer(first), tap[1]}));
            narrow_correlation(n, map.out, steps.size(), steps.data(), seen.data(),
                               weights.data() + group * steps.size() * map.out, results.data());
            for (std::size_t o = 0; o < map.out; ++o) {
                T* to = y + (at * map.out + o) * area(map.output) + first * map.grid[1];
                copy_rows(height, map.grid[1], results.data() + o * n, pitch, to, map.grid[1]);
                if (map.bias)
                    for (std::size_t j = 0; j < height * map.grid[1]; ++j)
                        to[j] += map.bias[group * map.out + o];
            }
        }
    });
}

#define INSTANTIATE(T)                                     \
    template bool has_few_channels(const Correlation<T>&); \
    template void correlate_few_channels(const Correlation<T>&, const T*, T*);
INSTANTIATE(float)
INSTANTIATE(double)

}  // namespace xgrad::kernels::patches
