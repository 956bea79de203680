#pragma once

#include <xgrad/nn/module.hpp>
#include <xgrad/onnx/graph.hpp>

namespace xgrad::detail {

/// Adds the nodes of a module to a graph, and of those inside it: what they make of `x`. The names of the
/// module's state begin with `prefix`.
/// @throws ValueError  a module has no translation.  @throws ShapeError  a module does not take its input.
template <class T>
OnnxValue translate(OnnxGraph& graph, const std::string& prefix, const Module<T>& module, const OnnxValue& x);

}  // namespace xgrad::detail
