#pragma once

#include <fmt/format.h>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>

// Checks of the batches that metrics take. The errors name `op`.
namespace xgrad::detail {

/// Throws a ShapeError unless there is one label for each row of x, and a ValueError if a label is outside
/// [0, classes).
template <class T>
void check_labels(const char* op, const char* name, const Tensor<T>& x, const Indices& labels,
                  std::size_t classes) {
    const std::size_t batch = x.shape()[0];
    if (labels.shape() != Shape{batch})
        fail<ShapeError>(op, fmt::format("{} {} need labels ({}), got {}", name, to_string(x.shape()), batch,
                                         to_string(labels.shape())));
    labels.check(op, "labels", classes);
}

/// Throws a ShapeError unless logits are (batch, classes), with elements; and as `check_labels`.
template <class T>
void check_batch(const char* op, const Tensor<T>& logits, const Indices& labels) {
    if (logits.dim() != 2 || logits.size() == 0)
        fail<ShapeError>(op,
                         fmt::format("expected logits (batch, classes), got {}", to_string(logits.shape())));
    check_labels(op, "logits", logits, labels, logits.shape()[1]);
}

}  // namespace xgrad::detail
