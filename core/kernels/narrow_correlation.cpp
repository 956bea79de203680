#include <xgrad/core/kernels/narrow_correlation.hpp>

#include <array>
#include <utility>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

// The sums of a block, the weights of a tap and the elements that it sees fit into the registers.
constexpr std::size_t block_registers = registers == 32 ? 4 : 2;

template <class T, std::size_t out>
void block(std::size_t k, const std::ptrdiff_t* steps, const T* x, const T* w, T* y, std::size_t n) {
    auto sums = zero_registers<T, out * block_registers>();
    for (std::size_t l = 0; l < k; ++l, w += out) {
        std::array<Simd<T>, block_registers> seen;
        for (std::size_t r = 0; r < block_registers; ++r)
            seen[r] = Simd<T>::load_unaligned(x + steps[l] + r * Simd<T>::size);
        for (std::size_t o = 0; o < out; ++o) {
            const Simd<T> weight(w[o]);
            for (std::size_t r = 0; r < block_registers; ++r)
                sums[o * block_registers + r] = xsimd::fma(weight, seen[r], sums[o * block_registers + r]);
        }
    }
    for (std::size_t o = 0; o < out; ++o)
        for (std::size_t r = 0; r < block_registers; ++r)
            sums[o * block_registers + r].store_unaligned(y + o * n + r * Simd<T>::size);
}

template <class T, std::size_t... i>
constexpr auto make_blocks(std::index_sequence<i...>) {
    return std::array{block<T, i + 1>...};
}
template <class T>
constexpr auto blocks = make_blocks<T>(std::make_index_sequence<narrow_channels>{});

}  // namespace

template <class T>
void narrow_correlation(std::size_t n, std::size_t out, std::size_t k, const std::ptrdiff_t* steps,
                        const T* x, const T* w, T* y) {
    for (std::size_t i = 0; i < n; i += block_registers * Simd<T>::size)
        blocks<T>[out - 1](k, steps, x + i, w, y + i, n);
}

template <class T>
void add_narrow_correlation(Table<T>& table) {
    table.narrow_correlation = narrow_correlation<T>;
}
template void add_narrow_correlation(Table<float>&);
template void add_narrow_correlation(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
