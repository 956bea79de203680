#include <xgrad/core/kernels/implicit_gemm.hpp>

#include <array>
#include <cstring>
#include <utility>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

template <class T>
constexpr std::size_t width = Simd<T>::size;

// The sums of a block, a row of the panel and one element of x fit into the registers.
constexpr std::size_t most_registers = registers == 32 ? 4 : 2;

template <class T, std::size_t height, std::size_t count>
void block(const std::ptrdiff_t* rows, std::size_t k, const std::ptrdiff_t* steps, const T* x, const T* panel,
           std::size_t n, bool accumulate, T* c) {
    std::array<const T*, height> from;
    for (std::size_t i = 0; i < height; ++i) from[i] = x + rows[i];
    auto sums = zero_registers<T, height * count>();
    for (std::size_t l = 0; l < k; ++l, panel += n) {
        std::array<Simd<T>, count> row;
        for (std::size_t r = 0; r < count; ++r) row[r] = Simd<T>::load_aligned(panel + r * width<T>);
        for (std::size_t i = 0; i < height; ++i) {
            const Simd<T> factor(from[i][steps[l]]);
            for (std::size_t r = 0; r < count; ++r)
                sums[i * count + r] = xsimd::fma(factor, row[r], sums[i * count + r]);
        }
    }
    for (std::size_t i = 0; i < height; ++i, c += n)
        for (std::size_t r = 0; r < count; ++r) {
            const Simd<T>& sum = sums[i * count + r];
            T* target = c + r * width<T>;
            (accumulate ? Simd<T>::load_unaligned(target) + sum : sum).store_unaligned(target);
        }
}

template <class T, std::size_t height, std::size_t... i>
constexpr auto make_blocks(std::index_sequence<i...>) {
    return std::array{block<T, height, i + 1>...};
}
template <class T>
constexpr auto blocks = make_blocks<T, implicit_rows>(std::make_index_sequence<most_registers>{});
// Of half as many columns, and twice as many rows.
template <class T>
constexpr auto narrow_blocks =
    make_blocks<T, 2 * implicit_rows>(std::make_index_sequence<most_registers / 2>{});

// a[first], b[first], a[first + 1], b[first + 1] ...: half of both.
template <std::size_t first, class B, std::size_t... i>
B interleave(const B& a, const B& b, std::index_sequence<i...>) {
    return B(__builtin_shufflevector(a.data, b.data, (first + i / 2 + i % 2 * sizeof...(i))...));
}

// A square of registers. Interleaving row i with row i + half, for all i, moves one bit of each element's row
// number to its column number; after as many times as a row number has bits, rows are columns.
template <class B, class T>
void transpose_square(const T* x, std::size_t ldx, T* y, std::size_t ldy) {
    constexpr std::size_t side = B::size, half = side / 2;
    constexpr std::make_index_sequence<side> all{};
    std::array<B, side> rows, next;
    for (std::size_t i = 0; i < side; ++i) rows[i] = B::load_unaligned(x + i * ldx);
    for (std::size_t stage = 1; stage < side; stage *= 2) {
        for (std::size_t i = 0; i < half; ++i) {
            next[2 * i] = interleave<0>(rows[i], rows[i + half], all);
            next[2 * i + 1] = interleave<half>(rows[i], rows[i + half], all);
        }
        rows = next;
    }
    for (std::size_t i = 0; i < side; ++i) rows[i].store_unaligned(y + i * ldy);
}

// Squares of that side, of half of it what is left at two edges, and so on.
template <std::size_t side, class T>
void transpose_area(std::size_t m, std::size_t n, const T* x, std::size_t ldx, T* y, std::size_t ldy) {
    if constexpr (side * sizeof(T) < 16) {  // the narrowest registers
        for (std::size_t i = 0; i < m; ++i)
            for (std::size_t j = 0; j < n; ++j) y[j * ldy + i] = x[i * ldx + j];
    } else {
        const std::size_t whole_m = m / side * side, whole_n = n / side * side;
        for (std::size_t j = 0; j < whole_n; j += side)
            for (std::size_t i = 0; i < whole_m; i += side)
                transpose_square<typename xsimd::make_sized_batch<T, side>::type>(x + i * ldx + j, ldx,
                                                                                  y + j * ldy + i, ldy);
        if (whole_n < n)
            transpose_area<side / 2>(whole_m, n - whole_n, x + whole_n, ldx, y + whole_n * ldy, ldy);
        if (whole_m < m) transpose_area<side / 2>(m - whole_m, n, x + whole_m * ldx, ldx, y + whole_m, ldy);
    }
}

// Copies less than 2 `chunk` elements, without a call.
template <class T, std::size_t chunk>
void copy_rest(std::size_t n, const T* x, T* y) {
    if (n >= chunk) {
        std::memcpy(y, x, chunk * sizeof(T));
        x += chunk;
        y += chunk;
        n -= chunk;
    }
    if constexpr (chunk > 1) copy_rest<T, chunk / 2>(n, x, y);
}

}  // namespace

template <class T>
void copy_rows(std::size_t m, std::size_t n, const T* x, std::size_t ldx, T* y, std::size_t ldy) {
    if (n == ldx && n == ldy) {  // one row
        n *= m;
        m = 1;
    }
    const std::size_t whole = n / width<T> * width<T>;
    for (std::size_t i = 0; i < m; ++i, x += ldx, y += ldy) {
        for (std::size_t j = 0; j < whole; j += width<T>)
            Simd<T>::load_unaligned(x + j).store_unaligned(y + j);
        copy_rest<T, width<T> / 2>(n - whole, x + whole, y + whole);
    }
}

template <class T>
void implicit_gemm(std::size_t m, const std::ptrdiff_t* rows, std::size_t k, const std::ptrdiff_t* steps,
                   const T* x, const T* panel, std::size_t n, bool accumulate, T* c) {
    for (std::size_t j = 0; j < n;) {
        const std::size_t left = (n - j) / width<T>, count = left < most_registers ? left : most_registers;
        std::size_t i = 0;
        for (; 2 * count <= most_registers && i + 2 * implicit_rows <= m; i += 2 * implicit_rows)
            narrow_blocks<T>[count - 1](rows + i, k, steps, x, panel + j, n, accumulate, c + i * n + j);
        for (; i < m; i += implicit_rows)
            blocks<T>[count - 1](rows + i, k, steps, x, panel + j, n, accumulate, c + i * n + j);
        j += count * width<T>;
    }
}

template <class T>
void transpose_matrix(std::size_t m, std::size_t n, const T* x, std::size_t ldx, T* y, std::size_t ldy) {
    if (m == 0 || n == 0) return;  // there may be no memory
    transpose_area<width<T>>(m, n, x, ldx, y, ldy);
}

template <class T>
void add_implicit_gemm(Table<T>& table) {
    table.implicit_gemm = implicit_gemm<T>;
    table.transpose_matrix = transpose_matrix<T>;
    table.copy_rows = copy_rows<T>;
}
template void add_implicit_gemm(Table<float>&);
template void add_implicit_gemm(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
