#include <xgrad/onnx/graph.hpp>

#include <fmt/format.h>

#include <xgrad/core/joined.hpp>
#include <xgrad/core/shape.hpp>

namespace xgrad::detail {
namespace {

void set_value(onnx::AttributeProto& attribute, std::int64_t value) {
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
}
void set_value(onnx::AttributeProto& attribute, float value) {
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(value);
}
void set_value(onnx::AttributeProto& attribute, const std::vector<std::int64_t>& values) {
    attribute.set_type(onnx::AttributeProto::INTS);
    attribute.mutable_ints()->Add(values.begin(), values.end());
}
void set_value(onnx::AttributeProto& attribute, const char* value) {
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s(value);
}

// Not raw_data: OpenCV 4.6 reads no doubles from it.
auto& data(onnx::TensorProto& tensor, float) { return *tensor.mutable_float_data(); }
auto& data(onnx::TensorProto& tensor, double) { return *tensor.mutable_double_data(); }

}  // namespace

std::string batch_axis(std::size_t extent) { return extent == 1 ? "batch" : fmt::format("{} batch", extent); }

std::string to_string(const OnnxValue& value) {
    std::string text = "(" + batch_axis(value.shape[0]);
    for (std::size_t axis = 1; axis < value.shape.size(); ++axis)
        text += fmt::format(", {}", value.shape[axis]);
    return text + ")";
}

template <class T>
std::string ModuleNodes<T>::path() const {
    return "export_onnx: " + (graph_.root.empty() ? name_ : graph_.root + "." + name_);
}

template <class T>
onnx::TensorProto& ModuleNodes<T>::initializer(const std::string& name, onnx::TensorProto::DataType type,
                                               const Shape& shape) {
    onnx::TensorProto& tensor = *graph_.proto.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const std::size_t extent : shape) tensor.add_dims(static_cast<std::int64_t>(extent));
    return tensor;
}

template <class T>
OnnxValue ModuleNodes<T>::parameter(const std::string& name, const Array<T>& values) {
    onnx::TensorProto& tensor = initializer(prefix_ + name, onnx_type<T>, values.shape());
    data(tensor, T{}).Add(values.data(), values.data() + values.size());
    return {prefix_ + name, values.shape()};
}

template <class T>
OnnxValue ModuleNodes<T>::number(double c) {
    const T value = static_cast<T>(c);
    const std::string name = fmt::format("{}", value);
    if (graph_.constants.insert(name).second) data(initializer(name, onnx_type<T>, {}), T{}).Add(value);
    return {name, {}};
}

template <class T>
OnnxValue ModuleNodes<T>::integers(const std::vector<std::int64_t>& list) {
    const std::string name = "[" + joined(list, ", ") + "]";
    const Shape shape{list.size()};
    if (graph_.constants.insert(name).second)
        initializer(name, onnx::TensorProto::INT64, shape)
            .mutable_int64_data()
            ->Add(list.begin(), list.end());
    return {name, shape};
}

template <class T>
OnnxValue ModuleNodes<T>::factors(const std::vector<float>& list) {
    const std::string name = "x[" + joined(list, ", ") + "]";
    const Shape shape{list.size()};
    if (graph_.constants.insert(name).second)
        initializer(name, onnx::TensorProto::FLOAT, shape)
            .mutable_float_data()
            ->Add(list.begin(), list.end());
    return {name, shape};
}

template <class T>
OnnxValue ModuleNodes<T>::node(const char* op, const std::vector<OnnxValue>& inputs,
                               const OnnxAttributes& attributes) {
    Shape shape;
    for (const OnnxValue& input : inputs) shape = broadcast_shapes(op, shape, input.shape);
    return node(op, inputs, attributes, shape);
}

template <class T>
OnnxValue ModuleNodes<T>::node(const char* op, const std::vector<OnnxValue>& inputs,
                               const OnnxAttributes& attributes, const Shape& shape) {
    const int number = ++count_[op];
    const std::string name = fmt::format("{}/{}{}", name_, op, number == 1 ? "" : fmt::format("_{}", number));
    onnx::NodeProto& node = *graph_.proto.add_node();
    node.set_name(name);
    node.set_op_type(op);
    for (const OnnxValue& input : inputs) node.add_input(input.name);
    node.add_output(name);
    for (const auto& [key, value] : attributes) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(key);
        std::visit([&](const auto& held) { set_value(attribute, held); }, value);
    }
    return {name, shape};
}

template <class T>
OnnxValue ModuleNodes<T>::mean(const OnnxValue& x, std::size_t count) {
    std::vector<std::int64_t> axes;
    Shape shape = x.shape;
    for (std::size_t axis = shape.size() - count; axis < shape.size(); ++axis) {
        axes.push_back(static_cast<std::int64_t>(axis));
        shape[axis] = 1;
    }
    return node("ReduceMean", {x}, {{"axes", axes}, {"keepdims", std::int64_t{1}}}, shape);
}

template <class T>
OnnxValue ModuleNodes<T>::reshape(const OnnxValue& x, const Shape& shape) {
    std::vector<std::int64_t> extents(shape.begin(), shape.end());
    extents[0] = shape[0] == x.shape[0] ? 0 : -1;  // as it was, or as many as there are
    const OnnxValue target = integers(extents);
    return node("Reshape", {x, target}, {}, shape);
}

template <class T>
OnnxValue ModuleNodes<T>::result(OnnxValue y) {
    onnx::NodeProto& newest = *graph_.proto.mutable_node()->rbegin();
    newest.set_name(name_);
    newest.set_output(0, name_);
    y.name = name_;
    return y;
}

template class ModuleNodes<float>;
template class ModuleNodes<double>;

}  // namespace xgrad::detail
