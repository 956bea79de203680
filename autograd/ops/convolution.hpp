#pragma once

#include <xgrad/autograd/tensor.hpp>

// Convolutions. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

/// A number for each axis of an image, or one for both: `.stride = 2`, `.padding = {1, 0}`.
struct Pair {
    std::size_t rows;  ///< Of the first axis.
    std::size_t columns;  ///< Of the last axis.

    /// One for both.
    Pair(std::size_t both) : rows(both), columns(both) {}
    /// One for each.
    Pair(std::size_t of_rows, std::size_t of_columns) : rows(of_rows), columns(of_columns) {}

    /// Whether both are equal.
    bool operator==(const Pair&) const = default;
};

/// How a filter moves over images.
struct Conv2dOptions {
    Pair stride = 1;  ///< From one position of the filter to the next.
    Pair padding = 0;  ///< Zeros before the first element of an axis, and as many after the last one.
    Pair dilation = 1;  ///< From one tap of the filter to the next.
    std::size_t groups =
        1;  ///< The channels of x and the filters are divided into so many independent groups.
};

/// How a filter moves over signals.
struct Conv1dOptions {
    std::size_t stride = 1;  ///< From one position of the filter to the next.
    std::size_t padding = 0;  ///< Zeros before the first element, and as many after the last one.
    std::size_t dilation = 1;  ///< From one tap of the filter to the next.
    std::size_t groups =
        1;  ///< The channels of x and the filters are divided into so many independent groups.
};

/// The options of the convolution whose transpose is computed, which maps the result to x.
struct ConvTranspose2dOptions {
    Pair stride = 1;  ///< From where one element of x adds its filter to where the next one does.
    Pair padding = 0;  ///< Elements that the result lacks at either end of an axis.
    Pair dilation = 1;  ///< From one tap of the filter to the next.
    /// Elements that are added at the end of an axis, as several images map to the extents of x.
    Pair output_padding = 0;
    std::size_t groups =
        1;  ///< The channels of x and of the result are divided into so many independent groups.
};

/// The same for signals.
struct ConvTranspose1dOptions {
    std::size_t stride = 1;  ///< From where one element of x adds its filter to where the next one does.
    std::size_t padding = 0;  ///< Elements that the result lacks at either end.
    std::size_t dilation = 1;  ///< From one tap of the filter to the next.
    std::size_t output_padding = 0;  ///< Elements that are added at the end.
    std::size_t groups =
        1;  ///< The channels of x and of the result are divided into so many independent groups.
};

/// The cross-correlation of images with filters, as "convolution" of nets is understood:
/// y[n, o, p] = bias[o] + sum over c, t of x[n, c, stride p + dilation t - padding] weight[o, c, t], where x
/// is 0 outside of the image.
/// @param x  (batch, channels, rows, columns).  @param weight  (out, channels / groups, rows, columns).
/// @param bias  (out), or undefined for none.
/// @returns  (batch, out, rows, columns), where rows = (rows of x + 2 padding - dilation (rows of a filter -
/// 1) - 1) / stride + 1, rounded down.
/// @throws ShapeError  other shapes, an image or a filter without elements, channels or filters that are no
/// multiple of the groups, or a filter that is larger than the padded image.
/// @throws ValueError  a stride, a dilation or the groups are 0, or an option is 2^31 or more.
template <class T>
Tensor<T> conv2d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias = {},
                 const Conv2dOptions& options = {});

/// `conv2d` of signals. @param x  (batch, channels, length).  @param weight  (out, channels / groups,
/// length).
/// @throws ShapeError  as for `conv2d`.  @throws ValueError  as for `conv2d`.
template <class T>
Tensor<T> conv1d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias = {},
                 const Conv1dOptions& options = {});

/// The transpose of `conv2d` as a linear map of images: what x is the gradient of, plus bias. Each element of
/// x adds a filter times itself to the result.
/// @param x  (batch, channels, rows, columns).  @param weight  (channels, out / groups, rows, columns).
/// @param bias  (out), or undefined for none.
/// @returns  (batch, out, rows, columns), where rows = stride (rows of x - 1) - 2 padding + dilation (rows of
/// a filter
/// - 1) + output_padding + 1.
/// @throws ShapeError  other shapes, an image or a filter without elements, channels that are no multiple of
/// the groups, or a result without elements.
/// @throws ValueError  as for `conv2d`, or output_padding is less than neither stride nor dilation.
template <class T>
Tensor<T> conv_transpose2d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias = {},
                           const ConvTranspose2dOptions& options = {});

/// `conv_transpose2d` of signals. @param x  (batch, channels, length).  @param weight  (channels, out /
/// groups, length).
/// @throws ShapeError  as for `conv_transpose2d`.  @throws ValueError  as for `conv_transpose2d`.
template <class T>
Tensor<T> conv_transpose1d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias = {},
                           const ConvTranspose1dOptions& options = {});

}  // namespace xgrad
