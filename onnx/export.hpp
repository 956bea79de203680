#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// What a model is told beyond its net.
struct OnnxOptions {
    std::size_t features =
        0;  ///< The width of the input; 0: that which the first Linear or BatchNorm1d expects.
    std::string doc_string{};  ///< Free text that the model carries.
};

/// Writes what a net computes in evaluation mode (whatever mode it is in) as an ONNX model of opset 13, as a
/// whole or not at all. The same net gives the same bytes.
///
/// The model has one input, `input` (batch, features), and one output, `output` (batch, ...), FLOAT or DOUBLE
/// as `T` is, for every size of batch. Its parameters have the names that they have in state_dict(), such as
/// `0.weight`; the graph has the net's name, or that of its kind.
/// @param net  a Sequential of Linear, BatchNorm1d, ReLU and Sequential, or one of these alone. ONNX stores
/// batch norm's epsilon as a
///             float, for a net of doubles too.
/// @throws ValueError  a kind of module that has no translation; no module; an input whose width nothing
/// tells; text that is not UTF-8; a
///                     model above the 2 GiB that an ONNX file can hold.
/// @throws ShapeError  the modules, or `features` and the first of them, do not fit together.
/// @throws DataError   the file cannot be written.
/// In each case the old file is as it was.
template <class T>
void export_onnx(const std::filesystem::path& path, const Module<T>& net, const OnnxOptions& options = {});

}  // namespace xgrad
