#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// Options of the exported model.
struct OnnxOptions {
    /// The width of the input; 0: the width that the first Linear or BatchNorm1d expects.
    std::size_t features = 0;
    std::string doc_string{};  ///< Free text, stored in the model.
};

/// Exports a net in evaluation mode, whatever its current mode, as an ONNX model of opset 13. The file is
/// written atomically. The same net gives the same bytes.
///
/// The model has one input, `input` (batch, features), and one output, `output` (batch, ...), FLOAT or DOUBLE
/// according to `T`, for any batch size. Parameters have their names from state_dict(), such as `0.weight`;
/// the graph has the net's name, or the name of its kind if it has none.
/// @param net  a Sequential of Linear, BatchNorm1d, ReLU and Sequential, or one of these alone. ONNX stores
/// batch norm's epsilon as a float, even for a net of doubles.
/// @throws ValueError  a module has no translation; there is no module; the width of the input is unknown; a
/// text is not UTF-8; or the model exceeds the 2 GiB that an ONNX file can hold.
/// @throws ShapeError  the modules do not fit together, or `features` does not fit the first of them.
/// @throws DataError   the file cannot be written.
///
/// If an error is thrown, an existing file is left unchanged.
template <class T>
void export_onnx(const std::filesystem::path& path, const Module<T>& net, const OnnxOptions& options = {});

}  // namespace xgrad
