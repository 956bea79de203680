#pragma once

#include <cstddef>

// Winograd's products for a filter of 3 x 3 taps (Lavin and Gray 2016, arXiv:1509.09308). A tile is a square
// of 2 x 2 results and the 4 x 4 elements that they see. Both have 16 positions: those of the results are the
// products of those of the elements and of the filter, so that 16 multiplications do what takes 36. All
// arrays have `n` channels next to each other, a multiple of winograd_channels, and are aligned to 64 bytes.
namespace xgrad::kernels {

inline constexpr std::size_t winograd_positions = 16;  ///< Of a tile.
inline constexpr std::size_t winograd_channels = 16;  ///< Of which the channels of an array are a multiple.

/// The positions of filters.
/// @param w  (9, n): the taps row by row.  @param u  position p is at u + p * ldu.
template <class T>
void winograd_filters(std::size_t n, const T* w, T* u, std::size_t ldu);

/// The positions of the elements that a row of tiles sees.
/// @param x  element (a, b) of tile j is at x + a * ldx + (2 j + b) * n.
/// @param v  position p of tile j is at v + p * ldv + j * n.
template <class T>
void winograd_elements(std::size_t tiles, std::size_t n, const T* x, std::size_t ldx, T* v, std::size_t ldv);

/// The results of a row of tiles.
/// @param m  position p of tile j is at m + p * ldm + j * n.  @param bias  (n), or null.
/// @param y  result (a, b) of tile j goes to y + a * ldy + (2 j + b) * n.
template <class T>
void winograd_results(std::size_t tiles, std::size_t n, const T* m, std::size_t ldm, const T* bias, T* y,
                      std::size_t ldy);

// The gradient of the filters is that of these three maps, in the opposite order: the products of the
// positions of elements and of results' gradients, summed over the tiles, are the positions of the filters'
// gradient.

/// The positions of the gradients of a row of tiles' results.
/// @param dy  as the results of winograd_results.  @param d  position p of tile j is at d + p * ldd + j * n.
template <class T>
void winograd_result_gradients(std::size_t tiles, std::size_t n, const T* dy, std::size_t ldy, T* d,
                               std::size_t ldd);

/// The gradients of filters.
/// @param m  position p is at m + p * ldm.  @param dw  (9, n).
template <class T>
void winograd_filter_gradients(std::size_t n, const T* m, std::size_t ldm, T* dw);

}  // namespace xgrad::kernels
