#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <onnx/onnx_pb.h>

#include <xgrad/core/array.hpp>
#include <xgrad/core/error.hpp>

namespace xgrad::detail {

/// A graph that is being written.
struct OnnxGraph {
    onnx::GraphProto proto;
    std::string root;  ///< The net's name, which may be empty.
    bool takes_indices = false;  ///< Whether the input is one of integers.
    std::set<std::string> constants;  ///< The names of those that it has, their values.
};

/// A value in a graph. Axis 0 of its shape is the batch: there the extent counts how many elements one
/// example adds, 1 but after a Flatten of the batch axis.
struct OnnxValue {
    std::string name;
    Shape shape;
};
/// The extent of axis 0: `batch`, or `12 batch`.
std::string batch_axis(std::size_t extent);
/// `(batch, 3, 4)`.
std::string to_string(const OnnxValue& value);

/// The attributes of a node by name, in this order.
using OnnxAttributes = std::vector<
    std::pair<const char*, std::variant<std::int64_t, float, std::vector<std::int64_t>, const char*>>>;

/// The nodes that one module becomes. While it is alive, the messages of errors name the module.
template <class T>
class ModuleNodes final : public ErrorScope {
public:
    /// For a module whose state has the prefix `prefix`, such as `0.`.
    ModuleNodes(OnnxGraph& graph, const std::string& prefix, const std::string& kind)
        : graph_(graph), prefix_(prefix), name_(prefix + kind) {}
    std::string path() const override;
    /// The graph that the nodes belong to.
    OnnxGraph& graph() const { return graph_; }

    /// A parameter or buffer under its name in the state.
    OnnxValue parameter(const std::string& name, const Array<T>& values);
    /// A constant, named by its value, as are the integers.
    OnnxValue number(double c);
    /// A constant of one axis.
    OnnxValue integers(const std::vector<std::int64_t>& list);
    /// One of FLOAT, whatever T is.
    OnnxValue factors(const std::vector<float>& list);

    /// A new node's output; its shape is that to which the inputs broadcast.
    OnnxValue node(const char* op, const std::vector<OnnxValue>& inputs,
                   const OnnxAttributes& attributes = {});
    /// A new node's output, of that shape.
    OnnxValue node(const char* op, const std::vector<OnnxValue>& inputs, const OnnxAttributes& attributes,
                   const Shape& shape);
    /// The mean over the last `count` axes, which stay, with extent 1.
    OnnxValue mean(const OnnxValue& x, std::size_t count);
    /// The same elements in another shape, whatever the batch.
    OnnxValue reshape(const OnnxValue& x, const Shape& shape);

    /// `y`, the output of the newest node, which gets the module's name.
    OnnxValue result(OnnxValue y);

private:
    onnx::TensorProto& initializer(const std::string& name, onnx::TensorProto::DataType type,
                                   const Shape& shape);

    OnnxGraph& graph_;
    std::string prefix_, name_;
    std::map<std::string, int> count_;  // of the module's nodes, by op
};

/// The type of the elements of a Tensor<T>.
template <class T>
inline constexpr onnx::TensorProto::DataType onnx_type =
    sizeof(T) == sizeof(float) ? onnx::TensorProto::FLOAT : onnx::TensorProto::DOUBLE;

}  // namespace xgrad::detail
