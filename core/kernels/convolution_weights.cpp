#include <algorithm>
#include <vector>

#include <xgrad/core/kernels/convolution_weights.hpp>
#include <xgrad/core/kernels/patches.hpp>
#include <xgrad/core/parallel.hpp>

namespace xgrad::kernels {

using namespace patches;

// The sums over the pixels of some images are added at once. Threads share first the images, to put zeros
// around them and to turn dy into panels, and then the rows of the result, taps of channels of x: each sum
// has one order.
template <class T>
void convolve_weight_gradient(const Convolution& given, const T* x, const T* dy, T* dw) {
    const Convolution convolution = upright(given);
    const std::size_t groups = convolution.groups, pixels = area(convolution.output);
    const std::size_t in = convolution.in_channels / groups, out = convolution.out_channels / groups;
    const std::vector<Offset> taps = taps_of(convolution);
    const std::size_t depth = in * taps.size();
    if (depth == 0 || out == 0) return;
    if (convolution.batch == 0 || pixels == 0) return void(std::fill_n(dw, groups * out * depth, T{0}));

    if (weights_see_few_pixels(convolution)) return weight_gradient_of_few_pixels(convolution, x, dy, dw);
    if (weights_suit_winograd(convolution)) return weight_gradient_by_winograd(convolution, x, dy, dw);

    const Window window(taps, convolution.stride, 0, convolution.output);
    const bool in_place = window.is_whole(convolution.input);
    const std::size_t plane = area(window.extent), image_size = convolution.in_channels * plane;
    std::vector<std::ptrdiff_t> rows, steps;
    for (std::size_t c = 0; c < in; ++c)
        for (const Offset& tap : taps) rows.push_back(window.at(c, tap));
    rows.resize(rounded_up(depth, implicit_rows), rows.back());
    for (std::size_t i = 0; i < convolution.output[0]; ++i)
        for (std::size_t j = 0; j < convolution.output[1]; ++j)
            steps.push_back(
                integer(i * convolution.stride[0] * window.extent[1] + j * convolution.stride[1]));

    const std::size_t all_panels = groups * panels_of(out),
                      all_columns = groups * rounded_up(out, implicit_columns),
                      threads = static_cast<std::size_t>(num_threads()),
                      shares = rounded_up(all_panels * ceiling(rows.size(), most_rows), threads),
                      part_rows =
                          rounded_up(ceiling(rows.size(), ceiling(shares, all_panels)), implicit_rows),
                      parts = ceiling(rows.size(), part_rows);
    const std::size_t image_bytes = (image_size + all_columns * pixels) * sizeof(T);
    const std::size_t most_images =
        std::min(convolution.batch, std::max(4 * most_bytes / image_bytes, threads));
    Scratch<T> copied(in_place ? 0 : most_images * image_size), panels(most_images * all_columns * pixels),
        results(all_columns * rows.size());
    for (std::size_t first = 0; first < convolution.batch; first += most_images) {
        const std::size_t images = std::min(most_images, convolution.batch - first);
        const T* const from = in_place ? x + first * image_size : copied.data();
        parallel_for(images, 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t image = begin; image < end; ++image) {
                if (!in_place)
                    window.copy(convolution.in_channels, convolution.input,
                                x + (first + image) * convolution.in_channels * area(convolution.input),
                                copied.data() + image * image_size);
                for (std::size_t p = 0; p < all_panels; ++p) {
                    const Columns columns = columns_of(p, out);
                    const std::size_t channel =
                        (first + image) * convolution.out_channels + columns.group * out + columns.first;
                    T* const panel =
                        panels.data() + (image * all_columns + columns_before(columns, out)) * pixels;
                    if (columns.count < columns.padded()) std::fill_n(panel, pixels * columns.padded(), T{0});
                    transpose_matrix(columns.count, pixels, dy + channel * pixels, pixels, panel,
                                     columns.padded());
                }
            }
        });
        parallel_for(all_panels * parts, 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                const std::size_t p = i / parts, row = i % parts * part_rows;
                const Columns columns = columns_of(p, out);
                const std::size_t n = columns.padded(), before = columns_before(columns, out);
                for (std::size_t image = 0; image < images; ++image)
                    for (std::size_t l = 0; l < pixels; l += stretch)
                        implicit_gemm(std::min(part_rows, rows.size() - row), rows.data() + row,
                                      std::min(stretch, pixels - l), steps.data() + l,
                                      from + image * image_size + columns.group * in * plane,
                                      panels.data() + (image * all_columns + before) * pixels + l * n, n,
                                      first + image + l > 0, results.data() + before * rows.size() + row * n);
            }
        });
    }
    parallel_for(
        all_panels, 1 + usual_grain / (depth * panel_columns), [&](std::size_t begin, std::size_t end) {
            for (std::size_t p = begin; p < end; ++p) {
                const Columns columns = columns_of(p, out);
                transpose_matrix(depth, columns.count,
                                 results.data() + columns_before(columns, out) * rows.size(),
                                 columns.padded(), dw + (columns.group * out + columns.first) * depth, depth);
            }
        });
}

template void convolve_weight_gradient(const Convolution&, const float*, const float*, float*);
template void convolve_weight_gradient(const Convolution&, const double*, const double*, double*);

}  // namespace xgrad::kernels
