#pragma once

#include <fmt/format.h>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>

// Checks of the labels of a batch, for losses and metrics. The errors name `op`, and x as `name`.
namespace xgrad::detail {

/// Throws a ShapeError unless there is one label for each row of x.
template <class T>
void check_label_count(const char* op, const char* name, const Tensor<T>& x, const Indices& labels) {
    if (labels.shape() != Shape{x.shape()[0]})
        fail<ShapeError>(op, fmt::format("{} {} need labels ({}), got {}", name, to_string(x.shape()),
                                         x.shape()[0], to_string(labels.shape())));
}

/// Also throws a ValueError if a label is outside [0, classes).
template <class T>
void check_labels(const char* op, const char* name, const Tensor<T>& x, const Indices& labels,
                  std::size_t classes) {
    check_label_count(op, name, x, labels);
    labels.check(op, "labels", classes);
}

}  // namespace xgrad::detail
