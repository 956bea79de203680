// Shared by the programs of convolutions_side_by_side: the layers.
#pragma once

#include <vector>

#include "ops.hpp"

namespace contest {

/// A convolution of square images without a bias. A 3x3 filter has a padding of 1, a 1x1 filter none.
struct Layer {
    const char* name;
    std::int64_t in, out, extent, kernel, stride;

    std::int64_t padding() const { return kernel / 2; }
    std::int64_t result() const { return (extent + 2 * padding() - kernel) / stride + 1; }
    Extents x(std::int64_t batch) const { return {batch, in, extent, extent}; }
    Extents w() const { return {out, in, kernel, kernel}; }
    Extents y(std::int64_t batch) const { return {batch, out, result(), result()}; }
};

/// Those of ResNet-18 and VGG-11 for images of CIFAR-10. convolutions_side_by_side counts operations by the
/// names: channels of x and y, the filter and its stride, the extent of x.
inline const std::vector<Layer> layers{
    {"3 64 3x3/1 32", 3, 64, 32, 3, 1},       {"64 64 3x3/1 32", 64, 64, 32, 3, 1},
    {"64 128 3x3/2 32", 64, 128, 32, 3, 2},   {"64 128 1x1/2 32", 64, 128, 32, 1, 2},
    {"128 128 3x3/1 16", 128, 128, 16, 3, 1}, {"128 256 3x3/2 16", 128, 256, 16, 3, 2},
    {"128 256 1x1/2 16", 128, 256, 16, 1, 2}, {"256 256 3x3/1 8", 256, 256, 8, 3, 1},
    {"256 512 3x3/2 8", 256, 512, 8, 3, 2},   {"256 512 1x1/2 8", 256, 512, 8, 1, 2},
    {"512 512 3x3/1 4", 512, 512, 4, 3, 1},   {"64 128 3x3/1 16", 64, 128, 16, 3, 1},
    {"128 256 3x3/1 8", 128, 256, 8, 3, 1},   {"256 512 3x3/1 4", 256, 512, 4, 3, 1},
    {"512 512 3x3/1 2", 512, 512, 2, 3, 1},
};

/// The values of an array of these extents.
inline std::vector<float> drawn(const Extents& extents, unsigned seed) {
    return normal(extents).values<float>(seed);
}

/// A line for each layer. `make(layer, batch)`: the passes `forward`, `dx` and `dw`.
template <class F>
std::vector<Entry> entries_of(F make) {
    std::vector<Entry> entries;
    for (const Layer& layer : layers)
        entries.push_back({layer.name, [=](const Size& size) { return make(layer, size.n); }});
    return entries;
}

}  // namespace contest
