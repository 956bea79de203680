#include <xgrad/nn/layers/convolution.hpp>

#include <fmt/format.h>

#include <xgrad/nn/layers/option_text.hpp>

namespace xgrad {
namespace {

// A shape of these axes, and those of a window.
Shape with_window(std::size_t first, std::size_t second, const Pair& window) {
    return {first, second, window.rows, window.columns};
}
Shape with_window(std::size_t first, std::size_t second, std::size_t window) {
    return {first, second, window};
}

}  // namespace

template <class T, class Options>
FilterLayer<T, Options>::FilterLayer(const char* kind, std::size_t in, std::size_t out, const Window& window,
                                     Rng& rng, const Options& options, const LinearOptions& parameters)
    : kind_(kind), in_(in), out_(out), window_(window), options_(options) {
    const std::size_t groups = options.groups;
    const std::size_t taps = size_of(with_window(1, 1, window));
    if (in == 0 || out == 0 || taps == 0)
        fail<ValueError>(kind, fmt::format("expected at least one input, one output and an element of the "
                                           "window, got {}, {} and a window of {}",
                                           in, out, taps));
    if (groups == 0 || in % groups != 0 || out % groups != 0)
        fail<ValueError>(kind,
                         fmt::format("expected inputs and outputs that are multiples of the groups, got "
                                     "{}, {} and {}",
                                     in, out, groups));
    const bool is_transposed = std::is_same_v<Options, ConvTranspose2dOptions>;
    weight_ = initialized_weight<T>(
        with_window(is_transposed ? in : out, (is_transposed ? out : in) / groups, window), parameters.weight,
        rng);
    if (parameters.bias) bias_ = Tensor<T>(Array<T>(Shape{out}, T{0}), RequiresGrad::yes);
}

template <class T, class Options>
std::string FilterLayer<T, Options>::describe() const {
    using detail::option_text;
    std::string text = fmt::format("{}({}, {}", kind_, in_, out_) + option_text("window", window_, 0) +
                       option_text("stride", options_.stride, 1) +
                       option_text("padding", options_.padding, 0) +
                       option_text("dilation", options_.dilation, 1);
    if constexpr (std::is_same_v<Options, ConvTranspose2dOptions>)
        text += option_text("output_padding", options_.output_padding, 0);
    return text + option_text("groups", options_.groups, 1) + (bias_.defined() ? ")" : ", no bias)");
}

template <class T, class Options>
void FilterLayer<T, Options>::visit(StateVisitor<T>& state) {
    state.parameter("weight", weight_);
    if (bias_.defined()) state.parameter("bias", bias_, Decay::no);
}

#define INSTANTIATE(T)                            \
    template class FilterLayer<T, Conv1dOptions>; \
    template class FilterLayer<T, Conv2dOptions>; \
    template class FilterLayer<T, ConvTranspose2dOptions>;
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
