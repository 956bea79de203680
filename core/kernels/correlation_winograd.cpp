#include <algorithm>
#include <vector>

#include <xgrad/core/kernels/correlation.hpp>
#include <xgrad/core/kernels/winograd_chunks.hpp>
#include <xgrad/core/parallel.hpp>

namespace xgrad::kernels::patches {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 19;

Offset least(const std::vector<Offset>& taps) {
    Offset first = taps.front();
    for (const Offset& tap : taps) first = {std::min(first[0], tap[0]), std::min(first[1], tap[1])};
    return first;
}

// The filters of a panel's channels: a matrix (in, columns) for each position.
template <class T>
void pack(const Correlation<T>& map, const Columns& columns, T* panel) {
    const Offset first = least(map.taps);
    const std::size_t n = columns.padded();
    Scratch<T> taps(2 * winograd_taps * n);
    T* const square = taps.data() + winograd_taps * n;  // of taps, row by row
    std::fill_n(square, winograd_taps * n, T{0});
    for (std::size_t c = 0; c < map.in; ++c, panel += n) {
        transpose_matrix(columns.count, winograd_taps,
                         map.w + columns.group * map.w_group + columns.first * map.w_out + c * map.w_in,
                         map.w_out, taps.data(), n);
        for (std::size_t t = 0; t < winograd_taps; ++t) {
            const auto row = static_cast<std::size_t>(map.taps[t][0] - first[0]),
                       column = static_cast<std::size_t>(map.taps[t][1] - first[1]);
            std::copy_n(taps.data() + map.w_tap(t) * n, columns.count,
                        square + (row * winograd_side + column) * n);
        }
        winograd_filters(n, square, panel, map.in * n);
    }
}

template <class T>
void run(const Correlation<T>& map, const Chunk& chunk, const T* panels, const T* bias, const T* x, T* y) {
    const std::size_t columns = tiles_of(map.grid)[1], tiles = chunk.tiles(tiles_of(map.grid));
    const std::size_t k = rounded_up(map.in, winograd_channels), m = rounded_up(tiles, implicit_rows);
    const Plane covered{2 * chunk.rows, 2 * columns};
    const Window window(map.taps, {1, 1}, 2 * chunk.first_row, covered);
    Scratch<T> image(std::max(area(window.extent) * k, area(covered) * panel_columns)),
        elements(winograd_positions * m * k), products(winograd_positions * m * panel_columns);
    std::vector<std::ptrdiff_t> rows, steps;
    for (std::size_t i = 0; i < m; ++i) rows.push_back(integer(std::min(i, tiles - 1) * k));
    for (std::size_t c = 0; c < map.in; ++c) steps.push_back(integer(c));
    const std::size_t height = std::min(covered[0], map.grid[0] - 2 * chunk.first_row);

    for (std::size_t group = 0; group < map.groups; ++group) {
        std::fill_n(image.data(), area(window.extent) * k, T{0});
        T* v = elements.data();
        for (std::size_t i = chunk.first_image; i < chunk.first_image + chunk.images; ++i) {
            window.copy_transposed(map.in, map.input, x + (i * map.groups + group) * map.in * area(map.input),
                                   k, image.data());
            for (std::size_t row = 0; row < chunk.rows; ++row, v += columns * k)
                winograd_elements(columns, k, image.data() + 2 * row * window.extent[1] * k,
                                  window.extent[1] * k, v, m * k);
        }
        for (std::size_t panel = group * panels_of(map.out); panel < (group + 1) * panels_of(map.out);
             ++panel) {
            const Columns channels = columns_of(panel, map.out);
            const std::size_t n = channels.padded(), channel = group * map.out + channels.first;
            const T* const u = panels + columns_before(channels, map.out) * winograd_positions * map.in;
            for (std::size_t p = 0; p < winograd_positions; ++p)
                for (std::size_t l = 0; l < map.in; l += stretch)
                    implicit_gemm(m, rows.data(), std::min(stretch, map.in - l), steps.data() + l,
                                  elements.data() + p * m * k, u + (p * map.in + l) * n, n, l > 0,
                                  products.data() + p * m * n);
            const T* from = products.data();
            for (std::size_t i = chunk.first_image; i < chunk.first_image + chunk.images; ++i) {
                for (std::size_t row = 0; row < chunk.rows; ++row, from += columns * n)
                    winograd_results(columns, n, from, m * n,
                                     bias ? bias + columns_before(channels, map.out) : nullptr,
                                     image.data() + 2 * row * covered[1] * n, covered[1] * n);
                T* to = y + (i * map.groups * map.out + channel) * area(map.output) +
                        2 * chunk.first_row * map.grid[1];
                for (std::size_t c = 0; c < channels.count;
                     c += winograd_channels)  // streams that are written
                    for (std::size_t row = 0; row < height; ++row)
                        transpose_matrix(map.grid[1], std::min(winograd_channels, channels.count - c),
                                         image.data() + row * covered[1] * n + c, n,
                                         to + c * area(map.output) + row * map.grid[1], area(map.output));
            }
        }
    }
}

}  // namespace

template <class T>
bool suits_winograd(const Correlation<T>& map) {
    if (map.taps.size() != winograd_taps || map.stride != Plane{1, 1} || map.step != Plane{1, 1} ||
        std::min(map.in, map.out) < winograd_least_channels ||
        map.batch * area(tiles_of(map.grid)) < winograd_least_tiles)
        return false;
    const Offset first = least(map.taps);
    return std::all_of(map.taps.begin(), map.taps.end(), [&](const Offset& tap) {
        return tap[0] < first[0] + integer(winograd_side) && tap[1] < first[1] + integer(winograd_side);
    });
}

template <class T>
void correlate_by_winograd(const Correlation<T>& map, const T* x, T* y) {
    const std::size_t all_panels = map.groups * panels_of(map.out),
                      all_columns = map.groups * rounded_up(map.out, implicit_columns);
    Scratch<T> panels(all_columns * winograd_positions * map.in), bias(map.bias ? all_columns : 0);
    parallel_for(all_panels, 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t panel = begin; panel < end; ++panel) {
            const Columns columns = columns_of(panel, map.out);
            const std::size_t before = columns_before(columns, map.out);
            pack(map, columns, panels.data() + before * winograd_positions * map.in);
            if (map.bias)
                std::copy_n(map.bias + columns.group * map.out + columns.first, columns.count,
                            bias.data() + before);
        }
    });
    const Plane tiles = tiles_of(map.grid);
    const std::size_t threads = static_cast<std::size_t>(num_threads()),
                      in_cache =
                          std::clamp<std::size_t>(tiles_in<T>(chunk_bytes, map.in + panel_columns), 96, 256);
    const std::vector<Chunk> chunks =
        chunks_of(map.batch, tiles, std::min(in_cache, ceiling(map.batch * area(tiles), threads)), threads);
    parallel_for(chunks.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            run(map, chunks[i], panels.data(), map.bias ? bias.data() : nullptr, x, y);
    });
}

#define INSTANTIATE(T)                                   \
    template bool suits_winograd(const Correlation<T>&); \
    template void correlate_by_winograd(const Correlation<T>&, const T*, T*);
INSTANTIATE(float)
INSTANTIATE(double)

}  // namespace xgrad::kernels::patches
