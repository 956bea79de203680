#pragma once

#include <cstddef>
#include <limits>
#include <string>

#include <onnx/onnx_pb.h>

namespace xgrad::detail {

/// The largest message that protobuf can write and read.
inline constexpr std::size_t most_onnx_bytes = std::numeric_limits<int>::max();

/// The bytes of an ONNX file. @throws ValueError  there are more than `most_bytes`.
std::string serialize(const onnx::ModelProto& model, std::size_t most_bytes = most_onnx_bytes);

}  // namespace xgrad::detail
