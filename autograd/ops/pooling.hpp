#pragma once

#include <optional>

#include <xgrad/autograd/ops/convolution.hpp>

// Pooling of images and signals, and its counterpart. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

/// How a window moves over images.
struct MaxPool2dOptions {
    std::optional<Pair> stride =
        std::nullopt;  ///< From one window to the next; without, the extents of a window.
    Pair padding = 0;  ///< Places around the image that no maximum takes; at most half a window.
    Pair dilation = 1;  ///< From one element of a window to the next.
    /// Whether windows may reach beyond the padded image, if they begin within the image or before.
    bool ceil_mode = false;
};

/// How a window moves over signals.
struct MaxPool1dOptions {
    std::optional<std::size_t> stride =
        std::nullopt;  ///< From one window to the next; without, the window's length.
    std::size_t padding = 0;  ///< Places around the signal that no maximum takes; at most half a window.
    std::size_t dilation = 1;  ///< From one element of a window to the next.
    bool ceil_mode = false;  ///< As of MaxPool2dOptions.
};

/// How a window moves over images.
struct AvgPool2dOptions {
    std::optional<Pair> stride =
        std::nullopt;  ///< From one window to the next; without, the extents of a window.
    Pair padding = 0;  ///< Zeros around the image; at most half a window.
    bool ceil_mode = false;  ///< As of MaxPool2dOptions.
    bool count_include_pad = true;  ///< Whether the zeros of the padding count as elements.
};

/// How a window moves over signals.
struct AvgPool1dOptions {
    std::optional<std::size_t> stride =
        std::nullopt;  ///< From one window to the next; without, the window's length.
    std::size_t padding = 0;  ///< Zeros around the signal; at most half a window.
    bool ceil_mode = false;  ///< As of MaxPool2dOptions.
    bool count_include_pad = true;  ///< Whether the zeros of the padding count as elements.
};

/// The largest element of each window of an image. The gradient goes to the first of equal ones.
/// @param x  (batch, channels, rows, columns).  @param window  its extents.
/// @throws ShapeError  another shape, an image without elements or with 2^31 or more, one that has no room
/// for a window, or a window without elements of the image.
/// @throws ValueError  an extent of the window, a stride or a dilation is 0, an option is 2^31 or more, or a
/// padding is more than half of what the window spans.
template <class T>
Tensor<T> max_pool2d(const Tensor<T>& x, const Pair& window, const MaxPool2dOptions& options = {});

/// `max_pool2d` of signals. @param x  (batch, channels, length).
/// @throws ShapeError  as for `max_pool2d`.  @throws ValueError  as for `max_pool2d`.
template <class T>
Tensor<T> max_pool1d(const Tensor<T>& x, std::size_t window, const MaxPool1dOptions& options = {});

/// The mean of each window of an image.
/// @param x  (batch, channels, rows, columns).  @param window  its extents.
/// @throws ShapeError  as for `max_pool2d`.  @throws ValueError  as for `max_pool2d`.
template <class T>
Tensor<T> avg_pool2d(const Tensor<T>& x, const Pair& window, const AvgPool2dOptions& options = {});

/// `avg_pool2d` of signals. @param x  (batch, channels, length).
/// @throws ShapeError  as for `max_pool2d`.  @throws ValueError  as for `max_pool2d`.
template <class T>
Tensor<T> avg_pool1d(const Tensor<T>& x, std::size_t window, const AvgPool1dOptions& options = {});

/// The means of as many windows as the result has elements: window i of n begins at i extent / n, rounded
/// down, and ends at (i + 1) extent / n, rounded up. `{1, 1}`: the mean of each image.
/// @param x  (batch, channels, rows, columns).  @param extents  of the result.
/// @throws ShapeError  another shape, or an image or a result without elements.
template <class T>
Tensor<T> adaptive_avg_pool2d(const Tensor<T>& x, const Pair& extents);

/// `adaptive_avg_pool2d` of signals. @param x  (batch, channels, length).
/// @throws ShapeError  as for `adaptive_avg_pool2d`.
template <class T>
Tensor<T> adaptive_avg_pool1d(const Tensor<T>& x, std::size_t extent);

/// Images of other extents by repeating elements: element i of n along an axis is element i extent / n,
/// rounded down, of x.
/// @param x  (batch, channels, rows, columns).  @param extents  of the result.
/// @throws ShapeError  another shape, or an image or a result without elements.
template <class T>
Tensor<T> upsample_nearest2d(const Tensor<T>& x, const Pair& extents);

/// `upsample_nearest2d` of signals. @param x  (batch, channels, length).
/// @throws ShapeError  as for `upsample_nearest2d`.
template <class T>
Tensor<T> upsample_nearest1d(const Tensor<T>& x, std::size_t extent);

}  // namespace xgrad
