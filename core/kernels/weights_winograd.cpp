#include <algorithm>
#include <bit>
#include <vector>

#include <xgrad/core/kernels/convolution_weights.hpp>
#include <xgrad/core/kernels/winograd_chunks.hpp>
#include <xgrad/core/parallel.hpp>

namespace xgrad::kernels::patches {
namespace {

constexpr std::size_t panel_rows = rounded_up(panel_columns, implicit_rows);  // of the products of a panel
constexpr std::size_t most_parts = 8;
constexpr std::size_t parts_bytes = std::size_t{1} << 23;  // of the products of all parts
constexpr std::size_t part_bytes = std::size_t{1} << 19;   // of a chunk of one of several parts
constexpr std::size_t whole_bytes = std::size_t{1} << 23;  // of a chunk, if there is one part

// The positions of a chunk's tiles: a matrix (tiles, columns) for each position of each panel.
template <class T>
class Positions {
public:
    Positions(std::size_t groups, std::size_t channels, std::size_t most_tiles)
        : groups_(groups),
          channels_(channels),
          most_tiles_(most_tiles),
          values_(groups * rounded_up(channels, implicit_columns) * winograd_positions * most_tiles) {}

    std::size_t panels() const { return groups_ * panels_of(channels_); }
    Columns columns(std::size_t panel) const { return columns_of(panel, channels_); }
    std::size_t distance(std::size_t panel) const { return most_tiles_ * columns(panel).padded(); }
    T* at(std::size_t panel, std::size_t position) {
        return values_.data() + columns_before(columns(panel), channels_) * winograd_positions * most_tiles_ +
               position * distance(panel);
    }

    // Fills in those of a panel in an image's rows of tiles. transform: winograd_elements or
    // winograd_result_gradients.
    template <class F>
    void fill(const Chunk& chunk, std::size_t image, std::size_t panel, const std::vector<Offset>& taps,
              const Plane& extents, const Plane& tiles, const T* x, const F& transform) {
        const Window window(taps, {1, 1}, 2 * chunk.first_row, {2 * chunk.rows, 2 * tiles[1]});
        const auto [group, first, count] = columns(panel);
        const std::size_t n = columns(panel).padded(), pitch = window.extent[1] * n;
        Scratch<T> buffer(window.extent[0] * pitch);
        std::fill_n(buffer.data(), window.extent[0] * pitch, T{0});
        x += (((chunk.first_image + image) * groups_ + group) * channels_ + first) * area(extents);
        window.copy_transposed(count, extents, x, n, buffer.data());
        for (std::size_t row = 0; row < chunk.rows; ++row)
            transform(tiles[1], n, buffer.data() + 2 * row * pitch, pitch,
                      at(panel, 0) + (image * chunk.rows + row) * tiles[1] * n, distance(panel));
    }

private:
    std::size_t groups_, channels_, most_tiles_;
    Scratch<T> values_;
};

template <class T>
class WeightGradient {
public:
    WeightGradient(const Convolution& convolution, const T* x, const T* dy)
        : convolution_(convolution),
          x_(x),
          dy_(dy),
          in_(convolution.in_channels / convolution.groups),
          out_(convolution.out_channels / convolution.groups),
          tiles_(tiles_of(convolution.output)),
          panels_(convolution.groups * panels_of(in_)),
          rows_(out_ / panel_columns * panel_rows + rounded_up(out_ % panel_columns, implicit_rows)) {
        // A part for each thread keeps its positions in its cache. If the products are too large for that,
        // there is one, and threads share its work. In both cases each sum has one order.
        const std::size_t bytes = part_size() * sizeof(T);
        const bool in_parts = 2 * bytes <= parts_bytes;
        const std::size_t channels =
            convolution.groups * (rounded_up(in_, implicit_columns) + rounded_up(out_, implicit_columns));
        chunks_ = chunks_of(
            convolution.batch, tiles_,
            std::max<std::size_t>(1, tiles_in<T>(in_parts ? part_bytes : whole_bytes, channels)), 1);
        parts_ = in_parts ? std::bit_floor(std::min({most_parts, parts_bytes / bytes, chunks_.size()})) : 1;
    }

    void compute(T* dw) {
        Scratch<T> products(parts_ * part_size());
        const auto add_up_parts = [&](std::size_t begin, std::size_t end) {
            for (std::size_t part = begin; part < end; ++part)
                add_up(chunks_.size() * part / parts_, chunks_.size() * (part + 1) / parts_,
                       products.data() + part * part_size());
        };
        if (parts_ < static_cast<std::size_t>(num_threads()))
            add_up_parts(0, parts_);  // threads share each part's work
        else
            parallel_for(parts_, 1, add_up_parts);
        parallel_for(panels_ * out_, 1 + usual_grain / (winograd_taps * panel_columns * parts_),
                     [&](std::size_t begin, std::size_t end) {
                         for (std::size_t i = begin; i < end; ++i)
                             finish(i / out_, i % out_, products.data(), dw);
                     });
    }

private:
    // The products of a part: those of a panel of x with all of dy, then the next.
    std::size_t part_size() const {
        return convolution_.groups * rounded_up(in_, implicit_columns) * winograd_positions * rows_;
    }
    std::size_t products_before(const Columns& columns) const {
        return columns_before(columns, in_) * winograd_positions * rows_;
    }

    // The products of some chunks' positions, summed over the tiles.
    void add_up(std::size_t first_chunk, std::size_t end_chunk, T* products) const {
        std::size_t most_tiles = 0;
        for (std::size_t i = first_chunk; i < end_chunk; ++i)
            most_tiles = std::max(most_tiles, chunks_[i].tiles(tiles_));
        Positions<T> elements(convolution_.groups, in_, most_tiles),
            gradients(convolution_.groups, out_, most_tiles);
        const std::vector<Offset> taps = taps_of(convolution_), one_tap{{0, 0}};
        for (std::size_t i = first_chunk; i < end_chunk; ++i) {
            const Chunk& chunk = chunks_[i];
            const std::size_t of_x = elements.panels(), all = of_x + gradients.panels();
            parallel_for(chunk.images * all, 1, [&](std::size_t begin, std::size_t end) {
                for (std::size_t j = begin; j < end; ++j) {
                    const std::size_t image = j / all, panel = j % all;
                    if (panel < of_x)
                        elements.fill(chunk, image, panel, taps, convolution_.input, tiles_, x_,
                                      winograd_elements<T>);
                    else
                        gradients.fill(chunk, image, panel - of_x, one_tap, convolution_.output, tiles_, dy_,
                                       winograd_result_gradients<T>);
                }
            });
            parallel_for(panels_ * winograd_positions, 1, [&](std::size_t begin, std::size_t end) {
                for (std::size_t j = begin; j < end; ++j)
                    multiply(chunk.tiles(tiles_), j / winograd_positions, j % winograd_positions, elements,
                             gradients, i > first_chunk, products);
            });
        }
    }

    void multiply(std::size_t k, std::size_t panel, std::size_t position, Positions<T>& elements,
                  Positions<T>& gradients, bool accumulate, T* products) const {
        const Columns columns = elements.columns(panel);
        const std::size_t group = columns.group, n = columns.padded();
        std::vector<std::ptrdiff_t> rows(panel_rows), steps(std::min(stretch, k));
        T* c = products + products_before(columns) + position * rows_ * n;
        for (std::size_t o = group * panels_of(out_); o < (group + 1) * panels_of(out_); ++o) {
            const Columns of_dy = gradients.columns(o);
            for (std::size_t i = 0; i < panel_rows; ++i) rows[i] = integer(std::min(i, of_dy.count - 1));
            for (std::size_t l = 0; l < steps.size(); ++l) steps[l] = integer(l * of_dy.padded());
            for (std::size_t l = 0; l < k; l += stretch)
                implicit_gemm(rounded_up(of_dy.count, implicit_rows), rows.data(), std::min(stretch, k - l),
                              steps.data(), gradients.at(o, position) + l * of_dy.padded(),
                              elements.at(panel, position) + l * n, n, accumulate || l > 0, c);
            c += panel_rows * n;
        }
    }

    void finish(std::size_t panel, std::size_t o, T* products, T* dw) const {
        const Columns columns = columns_of(panel, in_);
        const auto [group, first, count] = columns;
        const std::size_t n = columns.padded();
        T* const sums =
            products + products_before(columns) + (o / panel_columns * panel_rows + o % panel_columns) * n;
        for (std::size_t part = 1; part < parts_; ++part)
            for (std::size_t p = 0; p < winograd_positions; ++p) {
                T* to = sums + p * rows_ * n;
                const T* from = to + part * part_size();
                for (std::size_t c = 0; c < n; ++c) to[c] += from[c];
            }
        Scratch<T> taps(winograd_taps * panel_columns);
        winograd_filter_gradients(n, sums, rows_ * n, taps.data());
        transpose_matrix(winograd_taps, count, taps.data(), n,
                         dw + ((group * out_ + o) * in_ + first) * winograd_taps, winograd_taps);
    }

    const Convolution& convolution_;
    const T *x_, *dy_;
    std::size_t in_, out_;
    Plane tiles_;
    std::size_t panels_, rows_;
    std::vector<Chunk> chunks_;
    std::size_t parts_;
};

}  // namespace

bool weights_suit_winograd(const Convolution& convolution) {
    return convolution.kernel == Plane{winograd_side, winograd_side} && convolution.stride == Plane{1, 1} &&
           convolution.dilation == Plane{1, 1} &&
           std::min(convolution.in_channels, convolution.out_channels) >=
               winograd_least_channels * convolution.groups &&
           convolution.batch * area(tiles_of(convolution.output)) >= winograd_least_tiles;
}

template <class T>
void weight_gradient_by_winograd(const Convolution& convolution, const T* x, const T* dy, T* dw) {
    WeightGradient<T>(convolution, x, dy).compute(dw);
}

template void weight_gradient_by_winograd(const Convolution&, const float*, const float*, float*);
template void weight_gradient_by_winograd(const Convolution&, const double*, const double*, double*);

}  // namespace xgrad::kernels::patches
