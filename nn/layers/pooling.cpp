#include <xgrad/nn/layers/pooling.hpp>

#include <fmt/format.h>

#include <xgrad/autograd/ops/detail/image_op.hpp>
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
    const detail::ImageOp upsample{"Upsample", false};
    upsample.check_options({{"scale_factor", options.scale_factor.value_or(1), 1}});
}

template <class T>
std::string Upsample<T>::describe() const {
    const char* given = options_.size ? "size" : "scale_factor";
    const Pair value = options_.size ? *options_.size : *options_.scale_factor;
    return fmt::format("Upsample({} {}x{})", given, value.rows, value.columns);
}

template <class T>
Pair Upsample<T>::extents(const Shape& x) const {
    if (options_.size || x.size() != 4) return options_.size.value_or(1);
    return {x[2] * options_.scale_factor->rows, x[3] * options_.scale_factor->columns};
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
