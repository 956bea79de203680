#include <xgrad/core/kernels/convolution.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <xgrad/core/kernels/correlation.hpp>
#include <xgrad/core/kernels/patches.hpp>
#include <xgrad/core/parallel.hpp>

namespace xgrad::kernels {

using namespace patches;

namespace {

// What a thread does at once.
struct Item {
    std::size_t first_image, images, first_row, rows, first_panel, panels;
};

// Small images are taken together, so that register blocks are full and panels are used often; large ones in
// bands of rows, so that what is read stays in the cache. If these are too few for the threads, they share
// panels, too, and then smaller bands.
template <class T>
std::vector<Item> items_of(const Correlation<T>& map, std::size_t all_panels) {
    const std::size_t threads = static_cast<std::size_t>(num_threads());
    const std::size_t images =
        std::clamp<std::size_t>(most_rows / area(map.grid), 1, ceiling(map.batch, threads));
    const std::size_t row_bytes = map.in * map.groups * map.input[1] * map.stride[0] * sizeof(T);
    const std::size_t bands = std::max(ceiling(map.grid[0] * row_bytes, most_bytes),
                                       ceiling(threads, ceiling(map.batch, images) * all_panels));
    const std::size_t rows = ceiling(map.grid[0], bands);
    const std::size_t parts = ceiling(map.batch, images) * ceiling(map.grid[0], rows);
    const std::size_t panels = ceiling(all_panels, ceiling(threads, parts));
    std::vector<Item> items;
    for (std::size_t image = 0; image < map.batch; image += images)
        for (std::size_t row = 0; row < map.grid[0]; row += rows)
            for (std::size_t panel = 0; panel < all_panels; panel += panels)
                items.push_back({image, std::min(images, map.batch - image), row,
                                 std::min(rows, map.grid[0] - row), panel,
                                 std::min(panels, all_panels - panel)});
    return items;
}

template <class T>
void run(const Correlation<T>& map, const Item& item, const T* x, const T* panels, T* y) {
    const Plane grid{item.rows, map.grid[1]};
    const Window window(map.taps, map.stride, item.first_row, grid);
    const std::size_t channels = map.in * map.groups, image_size = channels * area(window.extent),
                      depth = map.depth();
    const bool in_place = window.is_whole(map.input);
    Scratch<T> copied(in_place ? 0 : item.images * image_size);
    x += item.first_image * channels * area(map.input);
    if (!in_place) window.copy(item.images * channels, map.input, x, copied.data());
    const T* const from = in_place ? x : copied.data();

    std::vector<std::ptrdiff_t> steps, rows;
    for (std::size_t c = 0; c < map.in; ++c)
        for (const Offset& tap : map.taps)
            steps.push_back(window.at(c, {tap[0] + integer(item.first_row * map.stride[0]), tap[1]}));
    for (std::size_t image = 0; image < item.images; ++image)
        for (std::size_t i = 0; i < grid[0]; ++i)
            for (std::size_t j = 0; j < grid[1]; ++j)
                rows.push_back(
                    integer(image * image_size + i * map.stride[0] * window.extent[1] + j * map.stride[1]));
    const std::size_t pixels = rows.size();
    rows.resize(rounded_up(pixels, implicit_rows), rows.back());

    Scratch<T> results(2 * most_rows * panel_columns);
    T* const buffer = results.data() + most_rows * panel_columns;
    for (std::size_t panel = item.first_panel; panel < item.first_panel + item.panels; ++panel) {
        const Columns columns = columns_of(panel, map.out);
        const std::size_t n = columns.padded(), channel = columns.group * map.out + columns.first;
        const T* const weights = panels + columns_before(columns, map.out) * depth;
        for (std::size_t first = 0; first < pixels; first += most_rows) {
            const std::size_t m = std::min(most_rows, rows.size() - first), end = std::min(first + m, pixels);
            T* c = results.data();
            for (std::size_t i = 0; map.bias && i < m; ++i)
                std::fill(std::copy_n(map.bias + channel, columns.count, c + i * n), c + (i + 1) * n, T{0});
            for (std::size_t l = 0; l == 0 || l < depth; l += stretch)
                implicit_gemm(m, rows.data() + first, std::min(stretch, depth - l), steps.data() + l,
                              from + columns.group * map.in * area(window.extent), weights + l * n, n,
                              map.bias || l > 0, c);
            for (std::size_t pixel = first, count; pixel < end; pixel += count, c += count * n) {
                const std::size_t image = pixel / area(grid);
                count = std::min(end, (image + 1) * area(grid)) - pixel;
                map.store(
                    count, columns, c, item.first_row * map.grid[1] + pixel % area(grid), buffer,
                    y + ((item.first_image + image) * map.groups * map.out + channel) * area(map.output));
            }
        }
    }
}

template <class T>
void correlate(const Correlation<T>& map, const T* x, T* y) {
    if (map.batch == 0 || area(map.grid) == 0 || map.out == 0) return;
    if (has_few_pixels(map)) return correlate_few_pixels(map, x, y);
    if (has_few_channels(map)) return correlate_few_channels(map, x, y);
    if (suits_winograd(map)) return correlate_by_winograd(map, x, y);
    const std::size_t all_panels = map.groups * panels_of(map.out), depth = map.depth();
    Scratch<T> panels(map.groups * rounded_up(map.out, implicit_columns) * depth);
    parallel_for(all_panels, usual_grain / (depth * panel_columns + 1) + 1,
                 [&](std::size_t begin, std::size_t end) {
                     for (std::size_t panel = begin; panel < end; ++panel) {
                         const Columns columns = columns_of(panel, map.out);
                         map.pack(columns, panels.data() + columns_before(columns, map.out) * depth);
                     }
                 });
    const std::vector<Item> items = items_of(map, all_panels);
    parallel_for(items.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) run(map, items[i], x, panels.data(), y);
    });
}

}  // namespace

template <class T>
void convolve(const Convolution& given, const T* x, const T* w, const T* bias, T* y) {
    const Convolution convolution = upright(given);
    const std::size_t groups = convolution.groups, taps = area(convolution.kernel);
    const std::size_t in = convolution.in_channels / groups, out = convolution.out_channels / groups;
    correlate<T>({convolution.batch,
                  groups,
                  in,
                  out,
                  convolution.input,
                  convolution.output,
                  convolution.stride,
                  taps_of(convolution),
                  w,
                  {},
                  taps,
                  in * taps,
                  out * in * taps,
                  bias,
                  convolution.output,
                  {0, 0},
                  {1, 1}},
                 x, y);
}

// The pixels of x whose coordinates have the same remainders by the stride are reached by the same taps, from
// pixels of y that lie next to each other.
template <class T>
void convolve_input_gradient(const Convolution& given, const T* w, const T* dy, T* dx) {
    const Convolution convolution = upright(given);
    const std::size_t groups = convolution.groups, taps = area(convolution.kernel);
    const std::size_t in = convolution.in_channels / groups, out = convolution.out_channels / groups;
    const std::vector<Offset> offsets = taps_of(convolution);
    const Plane& stride = convolution.stride;
    std::vector<Correlation<T>> maps;
    bool all_take_part = true;
    for (std::size_t row = 0; row < std::min(stride[0], convolution.input[0]); ++row)
        for (std::size_t column = 0; column < std::min(stride[1], convolution.input[1]); ++column) {
            std::vector<Offset> reached;
            std::vector<std::size_t> w_taps;
            for (std::size_t t = 0; t < taps; ++t) {
                const std::ptrdiff_t rows = integer(row) - offsets[t][0],
                                     columns = integer(column) - offsets[t][1];
                if (rows % integer(stride[0]) != 0 || columns % integer(stride[1]) != 0) continue;
                reached.push_back({rows / integer(stride[0]), columns / integer(stride[1])});
                w_taps.push_back(t);
            }
            if (reached.empty()) {
                all_take_part = false;
                continue;
            }
            maps.push_back({convolution.batch,
                            groups,
                            out,
                            in,
                            convolution.output,
                            {ceiling(convolution.input[0] - row, stride[0]),
                             ceiling(convolution.input[1] - column, stride[1])},
                            {1, 1},
                            std::move(reached),
                            w,
                            std::move(w_taps),
                            in * taps,
                            taps,
                            out * in * taps,
                            nullptr,
                            convolution.input,
                            {row, column},
                            stride});
        }
    if (!all_take_part)
        parallel_for(convolution.batch * convolution.in_channels * area(convolution.input), usual_grain,
                     [=](std::size_t begin, std::size_t end) { std::fill(dx + begin, dx + end, T{0}); });
    for (const Correlation<T>& map : maps) correlate(map, dy, dx);
}

#define INSTANTIATE(T)                                                            \
    template void convolve(const Convolution&, const T*, const T*, const T*, T*); \
    template void convolve_input_gradient(const Convolution&, const T*, const T*, T*);
INSTANTIATE(float)
INSTANTIATE(double)

}  // namespace xgrad::kernels
