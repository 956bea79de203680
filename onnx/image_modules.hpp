#pragma once

#include <xgrad/nn/layers/convolution.hpp>
#include <xgrad/nn/layers/pooling.hpp>
#include <xgrad/onnx/graph.hpp>

// What the modules of images and signals become: the nodes that compute x's image.
namespace xgrad::detail {

/// A `Conv` or a `ConvTranspose`. @throws ShapeError  as the module.
template <class T>
OnnxValue conv1d_nodes(ModuleNodes<T>& g, const Conv1d<T>& m, const OnnxValue& x);
/// @throws ShapeError  as the module.
template <class T>
OnnxValue conv2d_nodes(ModuleNodes<T>& g, const Conv2d<T>& m, const OnnxValue& x);
/// @throws ShapeError  as the module.
template <class T>
OnnxValue conv_transpose2d_nodes(ModuleNodes<T>& g, const ConvTranspose2d<T>& m, const OnnxValue& x);

/// A `MaxPool`, behind a `Pad` if windows reach far beyond the image. @throws ShapeError  as the module.
template <class T>
OnnxValue max_pool_nodes(ModuleNodes<T>& g, const MaxPool2d<T>& m, const OnnxValue& x);
/// An `AveragePool`, behind a `Pad` if its zeros count as elements. @throws ShapeError  as the module.
template <class T>
OnnxValue avg_pool_nodes(ModuleNodes<T>& g, const AvgPool2d<T>& m, const OnnxValue& x);
/// A `GlobalAveragePool` or an `AveragePool`; if the parts are not equal two `MatMul`. @throws ShapeError  as
/// the module.
template <class T>
OnnxValue adaptive_avg_pool_nodes(ModuleNodes<T>& g, const AdaptiveAvgPool2d<T>& m, const OnnxValue& x);

/// A `Resize` if each element is repeated as often, else two `Gather`. @throws ShapeError  as the module.
template <class T>
OnnxValue upsample_nodes(ModuleNodes<T>& g, const Upsample<T>& m, const OnnxValue& x);

}  // namespace xgrad::detail
