// The convolutions of libtorch: a contestant of convolutions_side_by_side.
#include <torch/torch.h>

#include "convolutions.hpp"
#include "libtorch_threads.hpp"

namespace {

at::Tensor tensor(const contest::Extents& extents, unsigned seed) {
    auto values = contest::drawn(extents, seed);
    return at::from_blob(values.data(), extents).clone();
}

contest::Run run(const contest::Layer& layer, std::int64_t batch) {
    const at::Tensor x = tensor(layer.x(batch), 1), w = tensor(layer.w(), 2), dy = tensor(layer.y(batch), 3);
    const auto gradients = [=](bool of_x, bool of_w) {
        const c10::InferenceMode inference;
        at::convolution_backward(dy, x, w, c10::nullopt, {layer.stride, layer.stride},
                                 {layer.padding(), layer.padding()}, {1, 1}, false, {0, 0}, 1,
                                 {of_x, of_w, false});
    };
    return {{"forward",
             [=] {
                 const c10::InferenceMode inference;
                 at::conv2d(x, w, {}, {layer.stride, layer.stride}, {layer.padding(), layer.padding()});
             }},
            {"dx", [=] { gradients(true, false); }},
            {"dw", [=] { gradients(false, true); }}};
}

}  // namespace

int main() {
    return contest::converse("libtorch " TORCH_VERSION, contest::entries_of(run),
                             contest::set_libtorch_threads);
}
