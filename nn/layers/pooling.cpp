#include <xgrad/nn/layers/pooling.hpp>

#include <fmt/format.h>

#include <xgrad/nn/layers/option_text.hpp>

namespace xgrad {
namespace {

// `MaxPool2d(window 3, stride 2)`, without options that have their usual values.
std::string described(const char* kind, const Pair& window, const std::optional<Pair>& stride,
                      const std::string& others) {
    using detail::option_text;
    return kind + ("(" + option_text("window", window, 0).substr(2)) +
           option_text("stride", stride.value_or(window), window) + others + ")";
}

}  // namespace

template <class T>
std::string MaxPool2d<T>::describe() const {
    const auto& [stride, padding, dilation, ceil_mode] = options_;
    return described("MaxPool2d", window_, stride,
                     detail::option_text("padding", padding, 0) +
                         detail::option_text("dilation", dilation, 1) + (ceil_mode ? ", ceil_mode" : ""));
}

template <class T>
std::string AvgPool2d<T>::describe() const {
    const auto& [stride, padding, ceil_mode, count_include_pad] = options_;
    return described("AvgPool2d", window_, stride,
                     detail::option_text("padding", padding, 0) + (ceil_mode ? ", ceil_mode" : "") +
                         (count_include_pad ? "" : ", padding not counted"));
}

template <class T>
std::string AdaptiveAvgPool2d<T>::describe() const {
    return fmt::format("AdaptiveAvgPool2d({}x{})", extents_.rows, extents_.columns);
}

template <class T>
Upsample<T>::Upsample(const UpsampleOptions& options) : options_(options) {
    if (options.size.has_value() == options.scale_factor.has_value())
        fail<ValueError>("Upsample", "expected either size or scale_factor");
    constexpr std::size_t limit = std::size_t{1} << 31;  // its product with an extent fits in 64 bits
    for (const Pair scale = options.scale_factor.value_or(1);
         const std::size_t factor : {scale.rows, scale.columns})
        if (factor == 0 || factor >= limit)
            fail<ValueError>(
                "Upsample",
                fmt::format("scale_factor must be at least 1 and less than 2^31, got {}", factor));
}

template <class T>
std::string Upsample<T>::describe() const {
    const char* given = options_.size ? "size" : "scale_factor";
    const Pair value = options_.size ? *options_.size : *options_.scale_factor;
    return fmt::format("Upsample({} {}x{})", given, value.rows, value.columns);
}

template <class T>
Tensor<T> Upsample<T>::forward(const Tensor<T>& x) {
    if (options_.size || x.dim() != 4) return upsample_nearest2d(x, options_.size.value_or(1));
    return upsample_nearest2d(
        x, {x.shape()[2] * options_.scale_factor->rows, x.shape()[3] * options_.scale_factor->columns});
}

#define INSTANTIATE(T)                   \
    template class MaxPool2d<T>;         \
    template class AvgPool2d<T>;         \
    template class AdaptiveAvgPool2d<T>; \
    template class Upsample<T>;
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
