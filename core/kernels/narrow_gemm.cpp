#include <xgrad/core/kernels/narrow_gemm.hpp>

#include <array>
#include <utility>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

template <class T>
constexpr std::size_t width = Simd<T>::size;

// Calls f(begin, length) for parts of [0, count) whose lengths are at most `longest` and differ by at most
// one.
template <class F>
void for_each_part(std::size_t count, std::size_t longest, F f) {
    const std::size_t parts = (count + longest - 1) / longest;
    for (std::size_t part = 0, begin = 0; part < parts; ++part) {
        const std::size_t length = count / parts + (part < count % parts ? 1 : 0);
        f(begin, length);
        begin += length;
    }
}

// The sum of the elements of each register. Interleaving two registers and adding the results leaves partial
// sums that belong to one register and the other in turn. An instruction interleaves within 128 bits, which
// have room for two doubles or four floats; floats are therefore folded twice. The remaining groups of
// `together` neighbours are then added.
template <class T, std::size_t count>
std::array<T, count> horizontal_sums(const std::array<Simd<T>, count>& x) {
    constexpr std::size_t together = 16 / sizeof(T), groups = width<T> / together;
    static_assert(count % together == 0);
    const auto fold = [](const Simd<T>& u, const Simd<T>& v) {
        return xsimd::zip_lo(u, v) + xsimd::zip_hi(u, v);
    };
    alignas(64) T folded[count / together][groups][together];
    for (std::size_t i = 0; i < count / together; ++i) {
        const Simd<T>* next = &x[together * i];
        if constexpr (together == 4)
            fold(fold(next[0], next[2]), fold(next[1], next[3])).store_aligned(folded[i][0]);
        else
            fold(next[0], next[1]).store_aligned(folded[i][0]);
    }
    std::array<T, count> sums;
    for (std::size_t i = 0; i < count / together; ++i)
        for (std::size_t r = 0; r < together; ++r) {
            T sum = folded[i][0][r];
            for (std::size_t group = 1; group < groups; ++group) sum += folded[i][group][r];
            sums[together * i + r] = sum;
        }
    return sums;
}

// --- dot products ---

template <class T>
using DotBlock = void (*)(std::size_t k, const T* a, std::size_t lda, const T* b, std::size_t ldb,
                          bool accumulate, T* c, std::size_t ldc);

// The sums of a block, and one further register per column, fit into the registers.
constexpr std::size_t dot_rows = registers == 32 ? 5 : 4;
constexpr std::size_t dot_columns = registers == 32 ? 5 : 3;

template <class T, std::size_t rows, std::size_t columns>
void dot_block(std::size_t k, const T* a, std::size_t lda, const T* b, std::size_t ldb, bool accumulate, T* c,
               std::size_t ldc) {
    auto sums = zero_registers<T, (rows * columns + 3) / 4 * 4>();
    const auto add = [&](auto load_a, auto load_b) {
        std::array<Simd<T>, columns> from_b;
        for (std::size_t j = 0; j < columns; ++j) from_b[j] = load_b(j);
        for (std::size_t i = 0; i < rows; ++i) {
            const Simd<T> from_a = load_a(i);
            for (std::size_t j = 0; j < columns; ++j)
                sums[i * columns + j] = xsimd::fma(from_a, from_b[j], sums[i * columns + j]);
        }
    };
    std::size_t l = 0;
    for (; l + width<T> <= k; l += width<T>)
        add([&](std::size_t i) { return Simd<T>::load_unaligned(a + i * lda + l); },
            [&](std::size_t j) { return Simd<T>::load_unaligned(b + j * ldb + l); });
    if (l < k)
        add([&](std::size_t i) { return load_first(k - l, a + i * lda + l, T{0}); },
            [&](std::size_t j) { return load_first(k - l, b + j * ldb + l, T{0}); });
    auto totals = horizontal_sums<T>(sums);
    if (accumulate)
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < columns; ++j) totals[i * columns + j] += c[i * ldc + j];
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j) c[i * ldc + j] = totals[i * columns + j];
}

template <class T, std::size_t... i>
constexpr auto make_dot_blocks(std::index_sequence<i...>) {
    return std::array<DotBlock<T>, sizeof...(i)>{dot_block<T, i / dot_columns + 1, i % dot_columns + 1>...};
}
template <class T>
constexpr auto dot_blocks = make_dot_blocks<T>(std::make_index_sequence<dot_rows * dot_columns>{});

// --- outer products ---

template <class T>
using OuterBlock = void (*)(std::size_t k, const T* a, Strides strides, const T* panel, bool accumulate, T* c,
                            std::size_t ldc, std::size_t columns);

constexpr std::size_t outer_rows = 5;
constexpr std::size_t outer_registers = registers == 32 ? 4 : 2;  // the width of a panel
constexpr std::size_t outer_stretch = 128;  // rows of a panel, so that it stays in the first-level cache

template <class T, std::size_t rows, std::size_t panel_registers>
void outer_block(std::size_t k, const T* a, Strides strides, const T* panel, bool accumulate, T* c,
                 std::size_t ldc, std::size_t columns) {
    auto sums = zero_registers<T, rows * panel_registers>();
    for (std::size_t l = 0; l < k; ++l, panel += panel_registers * width<T>) {
        std::array<Simd<T>, panel_registers> row;
        for (std::size_t r = 0; r < panel_registers; ++r)
            row[r] = Simd<T>::load_aligned(panel + r * width<T>);
        for (std::size_t i = 0; i < rows; ++i) {
            const Simd<T> factor(a[i * strides.row + l * strides.column]);
            for (std::size_t r = 0; r < panel_registers; ++r)
                sums[i * panel_registers + r] = xsimd::fma(factor, row[r], sums[i * panel_registers + r]);
        }
    }
    const std::size_t in_last = columns - (panel_registers - 1) * width<T>;  // the others are whole
    for (std::size_t i = 0; i < rows; ++i, c += ldc) {
        for (std::size_t r = 0; r < panel_registers; ++r) {
            const Simd<T>& sum = sums[i * panel_registers + r];
            T* target = c + r * width<T>;
            if (r + 1 < panel_registers || in_last == width<T>)
                (accumulate ? Simd<T>::load_unaligned(target) + sum : sum).store_unaligned(target);
            else
                store_first(in_last, accumulate ? load_first(in_last, target, T{0}) + sum : sum, target);
        }
    }
}

template <class T, std::size_t... i>
constexpr auto make_outer_blocks(std::index_sequence<i...>) {
    return std::array<OuterBlock<T>, sizeof...(i)>{
        outer_block<T, i / outer_registers + 1, i % outer_registers + 1>...};
}
template <class T>
constexpr auto outer_blocks = make_outer_blocks<T>(std::make_index_sequence<outer_rows * outer_registers>{});

// Copies k rows of b, each `columns` wide, to rows of whole registers, padded with zeros.
template <class T>
void pack(std::size_t k, std::size_t columns, const T* b, Strides strides, std::size_t panel_registers,
          T* panel) {
    const std::size_t whole = strides.column == 1 ? columns / width<T> : 0;
    for (std::size_t l = 0; l < k; ++l, b += strides.row, panel += panel_registers * width<T>) {
        if (whole == outer_registers) {  // the usual case, without a loop
            for (std::size_t r = 0; r < outer_registers; ++r)
                Simd<T>::load_unaligned(b + r * width<T>).store_aligned(panel + r * width<T>);
            continue;
        }
        for (std::size_t r = 0; r < whole; ++r)
            Simd<T>::load_unaligned(b + r * width<T>).store_aligned(panel + r * width<T>);
        for (std::size_t j = whole * width<T>; j < panel_registers * width<T>; ++j)
            panel[j] = j < columns ? b[j * strides.column] : T{0};
    }
}

// Copies the columns of A in blocks of at most outer_rows, each with its rows of all pairs one after the
// other: read where they are, they could all be in the same lines of the cache.
template <class T>
void pack_blocks(std::size_t m, std::size_t lda, std::size_t count, const OuterProduct<T>* pairs, T* to) {
    for_each_part(m, outer_rows, [&](std::size_t i, std::size_t rows) {
        for (std::size_t pair = 0; pair < count; ++pair) {
            const T* from = pairs[pair].a + i;
            for (std::size_t l = 0; l < pairs[pair].k; ++l, from += lda, to += rows)
                for (std::size_t r = 0; r < rows; ++r) to[r] = from[r];
        }
    });
}

// The sum over a tree of pairs of a block and one panel, whose rows for all pairs follow one another.
template <class T>
class BlockSum {
public:
    BlockSum(OuterBlock<T> block, std::size_t rows, std::size_t panel_width, std::size_t columns)
        : block_(block), rows_(rows), panel_width_(panel_width), columns_(columns) {}

    // C += or = the sum of `count` pairs. @param a  the block.
    void add(std::size_t count, const OuterProduct<T>* pairs, const T* a, const T* panel, bool accumulate,
             T* c, std::size_t ldc) const {
        if (count == 1) return block_(pairs->k, a, {1, rows_}, panel, accumulate, c, ldc, columns_);
        if (!accumulate) {
            const std::size_t half = count / 2;
            add(half, pairs, a, panel, false, c, ldc);
            std::size_t before = 0;
            for (std::size_t i = 0; i < half; ++i) before += pairs[i].k;
            return add(count - half, pairs + half, a + before * rows_, panel + before * panel_width_, true, c,
                       ldc);
        }
        alignas(64) T sum[outer_rows * outer_registers * width<T>];
        add(count, pairs, a, panel, false, sum, panel_width_);
        for (std::size_t i = 0; i < rows_; ++i)
            for (std::size_t j = 0; j < columns_; ++j) c[i * ldc + j] += sum[i * panel_width_ + j];
    }

private:
    OuterBlock<T> block_;
    std::size_t rows_, panel_width_, columns_;
};

}  // namespace

template <class T>
void sum_outer_products(std::size_t m, std::size_t lda, std::size_t n, std::size_t ldb, std::size_t count,
                        const OuterProduct<T>* pairs, T* c) {
    std::size_t all_rows = 0;
    for (std::size_t i = 0; i < count; ++i) all_rows += pairs[i].k;
    // So that a panel stays in the first-level cache.
    const std::size_t most = (all_rows <= outer_stretch ? outer_registers : outer_registers / 2) * width<T>;
    Scratch<T> blocks(all_rows * m), panel(all_rows * most);
    pack_blocks(m, lda, count, pairs, blocks.data());
    for (std::size_t j = 0; j < n; j += most) {
        const std::size_t columns = n - j < most ? n - j : most;
        const std::size_t panel_registers = (columns + width<T> - 1) / width<T>;
        T* to = panel.data();
        for (std::size_t i = 0; i < count; ++i) {
            pack(pairs[i].k, columns, pairs[i].b + j, {ldb, 1}, panel_registers, to);
            to += pairs[i].k * panel_registers * width<T>;
        }
        for_each_part(m, outer_rows, [&](std::size_t i, std::size_t rows) {
            const BlockSum<T> sum(outer_blocks<T>[(rows - 1) * outer_registers + panel_registers - 1], rows,
                                  panel_registers * width<T>, columns);
            sum.add(count, pairs, blocks.data() + i * all_rows, panel.data(), false, c + i * ldb + j, ldb);
        });
    }
}

template <class T>
void dot_product_gemm(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda, const T* b,
                      std::size_t ldb, bool accumulate, T* c, std::size_t ldc) {
    const auto block = [&](std::size_t i, std::size_t rows, std::size_t j, std::size_t columns) {
        dot_blocks<T>[(rows - 1) * dot_columns + columns - 1](k, a + i * lda, lda, b + j * ldb, ldb,
                                                              accumulate, c + i * ldc + j, ldc);
    };
    // The larger of A and B is read once, the smaller one once for each of its blocks.
    if (m > n)
        for_each_part(m, dot_rows, [&](std::size_t i, std::size_t rows) {
            for_each_part(n, dot_columns,
                          [&](std::size_t j, std::size_t columns) { block(i, rows, j, columns); });
        });
    else
        for_each_part(n, dot_columns, [&](std::size_t j, std::size_t columns) {
            for_each_part(m, dot_rows, [&](std::size_t i, std::size_t rows) { block(i, rows, j, columns); });
        });
}

template <class T>
void outer_product_gemm(std::size_t m, std::size_t n, std::size_t k, const T* a, Strides a_strides,
                        const T* b, Strides b_strides, bool accumulate, T* c, std::size_t ldc) {
    alignas(64) T panel[outer_stretch * outer_registers * width<T>];
    for (std::size_t j = 0; j < n; j += outer_registers * width<T>) {
        const std::size_t columns = n - j < outer_registers * width<T> ? n - j : outer_registers * width<T>;
        const std::size_t panel_registers = (columns + width<T> - 1) / width<T>;
        for (std::size_t first = 0; first < k; first += outer_stretch) {
            const std::size_t length = k - first < outer_stretch ? k - first : outer_stretch;
            pack(length, columns, b + first * b_strides.row + j * b_strides.column, b_strides,
                 panel_registers, panel);
            for_each_part(m, outer_rows, [&](std::size_t i, std::size_t rows) {
                outer_blocks<T>[(rows - 1) * outer_registers + panel_registers - 1](
                    length, a + i * a_strides.row + first * a_strides.column, a_strides, panel,
                    accumulate || first > 0, c + i * ldc + j, ldc, columns);
            });
        }
    }
}

template <class T>
void add_narrow_gemm(Table<T>& table) {
    table.dot_product_gemm = dot_product_gemm<T>;
    table.outer_product_gemm = outer_product_gemm<T>;
    table.sum_outer_products = sum_outer_products<T>;
}
template void add_narrow_gemm(Table<float>&);
template void add_narrow_gemm(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
