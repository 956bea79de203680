#pragma once

#include <fmt/format.h>

#include <xgrad/autograd/ops/detail/labels.hpp>

// Checks of the batches that metrics take. The errors name `op`.
namespace xgrad::detail {

/// Throws a ShapeError unless logits are (batch, classes), with elements; and as `check_labels`.
template <class T>
void check_batch(const char* op, const Tensor<T>& logits, const Indices& labels) {
    if (logits.dim() != 2 || logits.size() == 0)
        fail<ShapeError>(op,
                         fmt::format("expected logits (batch, classes), got {}", to_string(logits.shape())));
    check_labels(op, "logits", logits, labels, logits.shape()[1]);
}

}  // namespace xgrad::detail
