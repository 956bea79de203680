#include <algorithm>
#include <vector>

#include <xgrad/core/kernels/convolution_weights.hpp>
#include <xgrad/core/kernels/correlation.hpp>
#include <xgrad/core/parallel.hpp>

// Where there are few results for each weight, as in the last layers of a net that sees one image, reading
// the weights is most of the work: they are not packed. The patches, which are few, are.
namespace xgrad::kernels::patches {
namespace {

// For each pixel of the results, where there are at most 64.
constexpr std::size_t most_pixels = 64, least_weights = std::size_t{1} << 15,
                      least_weight_gradients = std::size_t{1} << 13;
constexpr std::size_t rows_at_once = 8 * implicit_rows;

// Row (c, t) has what tap t of channel c sees from each pixel of the grids of all images.
template <class T>
void copy_patches(const std::vector<Offset>& taps, const Plane& stride, const Plane& grid, const Plane& input,
                  std::size_t batch, std::size_t channels, const T* x, std::size_t pitch, T* patches) {
    const Window window(taps, stride, 0, grid);
    parallel_for(channels, 1 + usual_grain / (pitch * taps.size()), [&](std::size_t begin, std::size_t end) {
        Scratch<T> image(area(window.extent));
        for (std::size_t c = begin; c < end; ++c)
            for (std::size_t b = 0; b < batch; ++b) {
                window.copy(1, input, x + (b * channels + c) * area(input), image.data());
                T* to = patches + c * taps.size() * pitch + b * area(grid);
                for (const Offset& tap : taps) {
                    const T* from = image.data() + window.at(0, tap);
                    for (std::size_t i = 0; i < grid[0]; ++i)
                        for (std::size_t j = 0; j < grid[1]; ++j)
                            to[i * grid[1] + j] = from[i * stride[0] * window.extent[1] + j * stride[1]];
                    to += pitch;
                }
            }
    });
}

}  // namespace

template <class T>
bool has_few_pixels(const Correlation<T>& map) {
    const std::size_t pixels = map.batch * area(map.grid);
    return map.groups == 1 && pixels <= most_pixels && map.depth() * map.out >= least_weights * pixels;
}

template <class T>
void correlate_few_pixels(const Correlation<T>& map, const T* x, T* y) {
    const std::size_t pixels = map.batch * area(map.grid), n = rounded_up(pixels, implicit_columns);
    Scratch<T> patches(map.depth() * n);
    std::fill_n(patches.data(), map.depth() * n, T{0});
    copy_patches(map.taps, map.stride, map.grid, map.input, map.batch, map.in, x, n, patches.data());
    std::vector<std::ptrdiff_t> steps;
    for (std::size_t c = 0; c < map.in; ++c)
        for (std::size_t t = 0; t < map.taps.size(); ++t)
            steps.push_back(integer(c * map.w_in + map.w_tap(t)));
    parallel_for(ceiling(map.out, rows_at_once), 1, [&](std::size_t begin, std::size_t end) {
        Scratch<T> results(rows_at_once * n);
        std::vector<std::ptrdiff_t> rows(rows_at_once);
        for (std::size_t first = begin * rows_at_once; first < std::min(end * rows_at_once, map.out);
             first += rows_at_once) {
            const std::size_t count = std::min(rows_at_once, map.out - first);
            for (std::size_t i = 0; i < rows_at_once; ++i)
                rows[i] = integer((first + std::min(i, count - 1)) * map.w_out);
            for (std::size_t l = 0; l < map.depth(); l += stretch)
                implicit_gemm(rounded_up(count, implicit_rows), rows.data(),
                              std::min(stretch, map.depth() - l), steps.data() + l, map.w,
                              patches.data() + l * n, n, l > 0, results.data());
            for (std::size_t o = 0; o < count; ++o)
                for (std::size_t b = 0; b < map.batch; ++b)
                    for (std::size_t i = 0; i < map.grid[0]; ++i)
                        for (std::size_t j = 0; j < map.grid[1]; ++j)
                            y[((b * map.out + first + o) * map.output[0] + map.origin[0] + i * map.step[0]) *
                                  map.output[1] +
                              map.origin[1] + j * map.step[1]] =
                                results.data()[o * n + (b * map.grid[0] + i) * map.grid[1] + j] +
                                (map.bias ? map.bias[first + o] : T{0});
        }
    });
}

bool weights_see_few_pixels(const Convolution& convolution) {
    const std::size_t depth = convolution.in_channels * area(convolution.kernel),
                      pixels = convolution.batch * area(convolution.output);
    return convolution.groups == 1 && pixels <= most_pixels && depth % implicit_columns == 0 &&
           depth * convolution.out_channels >= least_weight_gradients * pixels;
}

template <class T>
void weight_gradient_of_few_pixels(const Convolution& convolution, const T* x, const T* dy, T* dw) {
    const std::vector<Offset> taps = taps_of(convolution);
    const std::size_t depth = convolution.in_channels * taps.size(), plane = area(convolution.output),
                      pixels = convolution.batch * plane, out = convolution.out_channels;
    Scratch<T> patches(2 * depth * pixels);
    T* const rows_of_patches = patches.data() + depth * pixels;  // of pixels
    copy_patches(taps, convolution.stride, convolution.output, convolution.input, convolution.batch,
                 convolution.in_channels, x, pixels, patches.data());
    transpose_matrix(depth, pixels, patches.data(), pixels, rows_of_patches, depth);
    std::vector<std::ptrdiff_t> steps;
    for (std::size_t b = 0; b < convolution.batch; ++b)
        for (std::size_t p = 0; p < plane; ++p) steps.push_back(integer(b * out * plane + p));
    parallel_for(ceiling(out, rows_at_once), 1, [&](std::size_t begin, std::size_t end) {
        Scratch<T> last(implicit_rows * depth);
        std::vector<std::ptrdiff_t> rows(rows_at_once);
        for (std::size_t first = begin * rows_at_once; first < std::min(end * rows_at_once, out);
             first += rows_at_once) {
            const std::size_t count = std::min(rows_at_once, out - first),
                              whole = count / implicit_rows * implicit_rows;
            for (std::size_t i = 0; i < rows_at_once; ++i)
                rows[i] = integer((first + std::min(i, count - 1)) * plane);
            const auto multiply = [&](std::size_t row, std::size_t m, T* to) {
                implicit_gemm(m, rows.data() + row, pixels, steps.data(), dy, rows_of_patches, depth, false,
                              to);
            };
            multiply(0, whole, dw + first * depth);
            if (whole == count) continue;
            multiply(whole, implicit_rows, last.data());
            std::copy_n(last.data(), (count - whole) * depth, dw + (first + whole) * depth);
        }
    });
}

#define INSTANTIATE(T)                                                       \
    template bool has_few_pixels(const Correlation<T>&);                     \
    template void correlate_few_pixels(const Correlation<T>&, const T*, T*); \
    template void weight_gradient_of_few_pixels(const Convolution&, const T*, const T*, T*);
INSTANTIATE(float)
INSTANTIATE(double)

}  // namespace xgrad::kernels::patches
