#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/convolution.hpp>
#include <xgrad/nn/layers/pooling.hpp>
#include "support/registry/invalid.hpp"

// The modules of images and signals.
namespace xgrad::registry {
namespace {

std::vector<Refusals> of_convolutions() {
    const auto conv2d = [](std::size_t in, std::size_t out, const Pair& window,
                           const Conv2dOptions& options) {
        return [=]<class T>(Zeros<T>) {
            Rng rng(1);
            Conv2d<T>(in, out, window, rng, options);
        };
    };
    const auto call2d = [](const Shape& shape, const Conv2dOptions& options = {}) {
        return [=]<class T>(Zeros<T> zeros) {
            Rng rng(1);
            Conv2d<T>(4, 2, 3, rng, options)(zeros(shape));
        };
    };
    const std::string empty = ": expected at least one input, one output and an element of the window, got ",
                      groups = ": expected inputs and outputs that are multiples of the groups, got ";
    return {
        {"Conv2d::Conv2d",
         {invalid<ValueError>("Conv2d" + empty + "0, 2 and a window of 9", conv2d(0, 2, 3, {})),
          invalid<ValueError>("Conv2d" + empty + "2, 0 and a window of 9", conv2d(2, 0, 3, {})),
          invalid<ValueError>("Conv2d" + empty + "2, 2 and a window of 0", conv2d(2, 2, {3, 0}, {})),
          invalid<ValueError>("Conv2d" + groups + "4, 6 and 0", conv2d(4, 6, 3, {.groups = 0})),
          invalid<ValueError>("Conv2d" + groups + "4, 6 and 4", conv2d(4, 6, 3, {.groups = 4})),
          invalid<ValueError>("Conv2d" + groups + "3, 4 and 2", conv2d(3, 4, 3, {.groups = 2})),
          invalid<ShapeError>(too_large("initialized_weight", "(1099511627776, 1099511627776, 1, 1)"),
                              conv2d(huge, huge, 1, {}))}},
        {"Conv2d::forward",
         {invalid<ShapeError>("Conv2d: conv2d: expected 4 channels, got 3: x is (2, 3, 8, 8)",
                              call2d({2, 3, 8, 8})),
          invalid<ShapeError>("Conv2d: conv2d: expected x (batch, channels, rows, columns), got (4, 8, 8)",
                              call2d({4, 8, 8})),
          invalid<ValueError>("Conv2d: conv2d: stride must be at least 1 and less than 2^31, got 0",
                              call2d({2, 4, 8, 8}, {.stride = 0})),
          invalid<ShapeError>("Conv2d: conv2d: the filters, 3x3, span 3x3, more than the padded images, 2x2",
                              call2d({2, 4, 2, 2}))}},
        {"Conv1d::Conv1d",
         {invalid<ValueError>("Conv1d" + groups + "2, 3 and 2",
                              []<class T>(Zeros<T>) {
                                  Rng rng(1);
                                  Conv1d<T>(2, 3, 3, rng, {.groups = 2});
                              })}},
        {"Conv1d::forward",
         {invalid<ShapeError>("Conv1d: conv1d: expected x (batch, channels, length), got (2, 3)",
                              []<class T>(Zeros<T> zeros) {
                                  Rng rng(1);
                                  Conv1d<T>(3, 2, 3, rng)(zeros({2, 3}));
                              })}},
        {"ConvTranspose2d::ConvTranspose2d",
         {invalid<ValueError>("ConvTranspose2d" + empty + "2, 2 and a window of 0",
                              []<class T>(Zeros<T>) {
                                  Rng rng(1);
                                  ConvTranspose2d<T>(2, 2, 0, rng);
                              })}},
        {"ConvTranspose2d::forward",
         {invalid<ValueError>(
             "ConvTranspose2d: conv_transpose2d: output_padding must be less than stride or dilation, got 2, 2 and 1",
             []<class T>(Zeros<T> zeros) {
                 Rng rng(1);
                 ConvTranspose2d<T>(3, 2, 3, rng, {.stride = 2, .output_padding = 2})(zeros({1, 3, 4, 4}));
             })}}};
}

std::vector<Refusals> of_pooling() {
    const auto upsample = [](const UpsampleOptions& options) {
        return [=]<class T>(Zeros<T>) { Upsample<T>{options}; };
    };
    return {
        {"MaxPool2d::forward",
         {invalid<ShapeError>("MaxPool2d: max_pool2d: the window, 3x3, has no room in the padded images, 2x2",
                              []<class T>(Zeros<T> zeros) { MaxPool2d<T>(3)(zeros({1, 2, 2, 2})); })}},
        {"AvgPool2d::forward",
         {invalid<ValueError>(
             "AvgPool2d: avg_pool2d: padding must be at most half of what the window spans, got 2 and 3",
             []<class T>(Zeros<T> zeros) { AvgPool2d<T>(3, {.padding = 2})(zeros({1, 2, 4, 4})); })}},
        {"AdaptiveAvgPool2d::forward",
         {invalid<ShapeError>(
             "AdaptiveAvgPool2d: adaptive_avg_pool2d: expected a result with elements, got extents 0x2",
             []<class T>(Zeros<T> zeros) { AdaptiveAvgPool2d<T>({0, 2})(zeros({1, 2, 4, 4})); })}},
        {"Upsample::Upsample",
         {invalid<ValueError>("Upsample: expected either size or scale_factor", upsample({})),
          invalid<ValueError>("Upsample: expected either size or scale_factor",
                              upsample({.size = 4, .scale_factor = 2})),
          invalid<ValueError>("Upsample: scale_factor must be at least 1 and less than 2^31, got 0",
                              upsample({.scale_factor = Pair{2, 0}})),
          invalid<ValueError>("Upsample: scale_factor must be at least 1 and less than 2^31, got 2147483648",
                              upsample({.scale_factor = Pair(std::size_t{1} << 31)}))}},
        {"Upsample::forward",
         {invalid<ShapeError>(
              "Upsample: upsample_nearest2d: expected x (batch, channels, rows, columns), got (2, 4)",
              []<class T>(Zeros<T> zeros) { Upsample<T>({.scale_factor = 2})(zeros({2, 4})); }),
          invalid<ShapeError>(
              "Upsample: upsample_nearest2d: expected a result with elements, got extents 0x0",
              []<class T>(Zeros<T> zeros) { Upsample<T>({.size = 0})(zeros({1, 2, 4, 4})); })}}};
}

std::vector<Refusals> of_batch_norm_2d() {
    return {
        {"BatchNorm2d::BatchNorm2d",
         {invalid<ValueError>("BatchNorm2d: expected at least one feature, got 0",
                              []<class T>(Zeros<T>) { BatchNorm2d<T>(0); }),
          invalid<ValueError>("BatchNorm2d: momentum must lie in [0, 1], got 2",
                              []<class T>(Zeros<T>) { BatchNorm2d<T>(3, {.momentum = 2}); })}},
        {"BatchNorm2d::forward",
         {invalid<ShapeError>("BatchNorm2d: expected x (batch, 3, rows, columns), got (4, 3)",
                              []<class T>(Zeros<T> zeros) { BatchNorm2d<T>(3)(zeros({4, 3})); }),
          invalid<ShapeError>(
              "BatchNorm2d: batch_norm: expected x (batch, 3, ...) for gamma (3), got (4, 2, 5, 5): 3 != 2",
              []<class T>(Zeros<T> zeros) { BatchNorm2d<T>(3)(zeros({4, 2, 5, 5})); }),
          invalid<ShapeError>(
              "BatchNorm2d: training needs at least 2 elements of a channel to normalize with, got (1, 3, 1, 1); for a single element call eval() first",
              []<class T>(Zeros<T> zeros) { BatchNorm2d<T>(3)(zeros({1, 3, 1, 1})); })}}};
}

}  // namespace

std::vector<Refusals> image_module_refusals() {
    std::vector<Refusals> all;
    for (const auto& more : {of_convolutions(), of_pooling(), of_batch_norm_2d()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace xgrad::registry
