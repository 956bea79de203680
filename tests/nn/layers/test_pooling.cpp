#include <xgrad/nn/layers/pooling.hpp>

#include <doctest/doctest.h>

using namespace xgrad;

namespace {

// 0, 1, 2 ... as images of one channel.
Tensor<double> counted(std::size_t rows, std::size_t columns) {
    Array<double> x(Shape{1, 1, rows, columns});
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<double>(i);
    return Tensor<double>(std::move(x));
}

Array<double> elements(const Tensor<double>& y) { return flatten(y, 0).value(); }

}  // namespace

TEST_CASE("MaxPool2d, AvgPool2d: a window moves by its extents unless told otherwise") {
    CHECK(elements(MaxPool2d<double>(2)(counted(2, 4))) == Array<double>{5, 7});
    CHECK(elements(MaxPool2d<double>(2, {.stride = 1})(counted(2, 4))) == Array<double>{5, 6, 7});
    CHECK(elements(AvgPool2d<double>({1, 2})(counted(1, 4))) == Array<double>{0.5, 2.5});
    CHECK(elements(AvgPool2d<double>({1, 3},
                                     {.stride = Pair{1, 2}, .padding = {0, 1}, .count_include_pad = false})(
              counted(1, 4))) == Array<double>{0.5, 2});
}

TEST_CASE("AdaptiveAvgPool2d: means of equal parts; Upsample: repeated elements") {
    CHECK(elements(AdaptiveAvgPool2d<double>(1)(counted(2, 2))) == Array<double>{1.5});
    CHECK(elements(Upsample<double>({.scale_factor = Pair{1, 2}})(counted(1, 2))) ==
          Array<double>{0, 0, 1, 1});
    CHECK(elements(Upsample<double>({.size = Pair{2, 3}})(counted(1, 2))) == Array<double>{0, 0, 1, 0, 0, 1});
}

TEST_CASE("Modules that pool or repeat: described with what is not usual, cloned, without state") {
    const auto check = [](const Module<float>& module, const std::string& description) {
        CHECK(module.describe() == description);
        const auto copy = module.clone();
        CHECK(copy->describe() == description);
        CHECK(copy->kind() == module.kind());
        CHECK(copy->state_dict().empty());
    };
    check(MaxPool2d(2), "MaxPool2d(window 2)");
    check(MaxPool2d({3, 2}, {.stride = 2, .padding = 1, .dilation = 2, .ceil_mode = true}),
          "MaxPool2d(window 3x2, stride 2, padding 1, dilation 2, ceil_mode)");
    check(AvgPool2d(3, {.stride = Pair{1, 2}, .padding = 1, .ceil_mode = true, .count_include_pad = false}),
          "AvgPool2d(window 3, stride 1x2, padding 1, ceil_mode, padding not counted)");
    check(AdaptiveAvgPool2d({2, 1}), "AdaptiveAvgPool2d(2x1)");
    check(Upsample({.scale_factor = 2}), "Upsample(scale_factor 2x2)");
    check(Upsample({.size = Pair{7, 8}}), "Upsample(size 7x8)");
}
