#include <xgrad/core/kernels/winograd.hpp>

#include <array>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

template <class T>
constexpr std::size_t width = Simd<T>::size;
template <class T>
using Four = std::array<Simd<T>, 4>;

// Four numbers at distances of `step`.
template <class T>
Four<T> load_four(const T* x, std::size_t step) {
    Four<T> four;
    for (std::size_t i = 0; i < 4; ++i) four[i] = Simd<T>::load_aligned(x + i * step);
    return four;
}

template <class T>
Four<T> filter_positions(const Simd<T>& a, const Simd<T>& b, const Simd<T>& c) {
    const Simd<T> sum = (a + c) * Simd<T>(T(0.5)), half = b * Simd<T>(T(0.5));
    return {a, sum + half, sum - half, c};
}

template <class T>
Four<T> element_positions(const Simd<T>& a, const Simd<T>& b, const Simd<T>& c, const Simd<T>& d) {
    return {a - c, b + c, c - b, b - d};
}

}  // namespace

template <class T>
void winograd_filters(std::size_t n, const T* w, T* u, std::size_t ldu) {
    for (std::size_t c = 0; c < n; c += width<T>) {
        std::array<Four<T>, 3> columns;  // of taps
        for (std::size_t j = 0; j < 3; ++j) {
            const auto tap = [&](std::size_t i) { return Simd<T>::load_aligned(w + (3 * i + j) * n + c); };
            columns[j] = filter_positions<T>(tap(0), tap(1), tap(2));
        }
        for (std::size_t i = 0; i < 4; ++i) {
            const Four<T> row = filter_positions<T>(columns[0][i], columns[1][i], columns[2][i]);
            for (std::size_t j = 0; j < 4; ++j) row[j].store_aligned(u + (4 * i + j) * ldu + c);
        }
    }
}

template <class T>
void winograd_elements(std::size_t tiles, std::size_t n, const T* x, std::size_t ldx, T* v, std::size_t ldv) {
    for (std::size_t c = 0; c < n; c += width<T>) {
        // Columns of elements, which a tile shares with the next one.
        const auto column = [&](std::size_t b) {
            const Four<T> e = load_four(x + b * n + c, ldx);
            return element_positions<T>(e[0], e[1], e[2], e[3]);
        };
        Four<T> first = column(0), second = column(1);
        for (std::size_t tile = 0; tile < tiles; ++tile) {
            const Four<T> third = column(2 * tile + 2), fourth = column(2 * tile + 3);
            T* to = v + tile * n + c;
            for (std::size_t i = 0; i < 4; ++i) {
                const Four<T> row = element_positions<T>(first[i], second[i], third[i], fourth[i]);
                for (std::size_t j = 0; j < 4; ++j) row[j].store_aligned(to + (4 * i + j) * ldv);
            }
            first = third;
            second = fourth;
        }
    }
}

template <class T>
void winograd_results(std::size_t tiles, std::size_t n, const T* m, std::size_t ldm, const T* bias, T* y,
                      std::size_t ldy) {
    for (std::size_t tile = 0; tile < tiles; ++tile, m += n, y += 2 * n)
        for (std::size_t c = 0; c < n; c += width<T>) {
            Four<T> first, second;  // rows of positions that have become rows of results
            for (std::size_t j = 0; j < 4; ++j) {
                const Four<T> p = load_four(m + j * ldm + c, 4 * ldm);
                first[j] = p[0] + p[1] + p[2];
                second[j] = p[1] - p[2] - p[3];
            }
            const Simd<T> shift = bias ? Simd<T>::load_aligned(bias + c) : Simd<T>(T{0});
            T* to = y + c;
            for (const Four<T>& row : {first, second}) {
                (row[0] + row[1] + row[2] + shift).store_aligned(to);
                (row[1] - row[2] - row[3] + shift).store_aligned(to + n);
                to += ldy;
            }
        }
}

template <class T>
void winograd_result_gradients(std::size_t tiles, std::size_t n, const T* dy, std::size_t ldy, T* d,
                               std::size_t ldd) {
    for (std::size_t tile = 0; tile < tiles; ++tile, dy += 2 * n, d += n)
        for (std::size_t c = 0; c < n; c += width<T>) {
            const auto positions = [](const Simd<T>& a, const Simd<T>& b) -> Four<T> {
                return {a, a + b, a - b, Simd<T>(T{0}) - b};
            };
            const auto column = [&](std::size_t b) {
                const T* from = dy + b * n + c;
                return positions(Simd<T>::load_aligned(from), Simd<T>::load_aligned(from + ldy));
            };
            const Four<T> first = column(0), second = column(1);
            for (std::size_t i = 0; i < 4; ++i) {
                const Four<T> row = positions(first[i], second[i]);
                for (std::size_t j = 0; j < 4; ++j) row[j].store_aligned(d + (4 * i + j) * ldd + c);
            }
        }
}

template <class T>
void winograd_filter_gradients(std::size_t n, const T* m, std::size_t ldm, T* dw) {
    for (std::size_t c = 0; c < n; c += width<T>) {
        const auto taps = [](const Four<T>& p) -> std::array<Simd<T>, 3> {
            const Simd<T> half(T(0.5));
            return {p[0] + half * (p[1] + p[2]), half * (p[1] - p[2]), half * (p[1] + p[2]) + p[3]};
        };
        std::array<std::array<Simd<T>, 3>, 4> columns;  // of positions that have become columns of taps
        for (std::size_t j = 0; j < 4; ++j) columns[j] = taps(load_four(m + j * ldm + c, 4 * ldm));
        for (std::size_t i = 0; i < 3; ++i) {
            const auto row = taps({columns[0][i], columns[1][i], columns[2][i], columns[3][i]});
            for (std::size_t j = 0; j < 3; ++j) row[j].store_aligned(dw + (3 * i + j) * n + c);
        }
    }
}

template <class T>
void add_winograd(Table<T>& table) {
    table.winograd_filters = winograd_filters<T>;
    table.winograd_elements = winograd_elements<T>;
    table.winograd_results = winograd_results<T>;
    table.winograd_result_gradients = winograd_result_gradients<T>;
    table.winograd_filter_gradients = winograd_filter_gradients<T>;
}
template void add_winograd(Table<float>&);
template void add_winograd(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
