#pragma once

#include <filesystem>
#include <string>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// Options of the exported model.
struct OnnxOptions {
    /// The shape of one example, without the batch axis: {784} or {28, 28}. Empty: the one with the fewest
    /// axes that the net takes, if a module fixes it: {in} for a net that begins with a Linear; none for an
    /// Embedding.
    Shape input_shape{};
    std::string doc_string{};  ///< Free text, stored in the model.
};

/// Exports a net in evaluation mode, whatever its current mode, as an ONNX model of opset 13. The file is
/// written atomically. The same net gives the same bytes.
///
/// The model has one input, `input` (batch, input_shape...), and one output, `output`, FLOAT or DOUBLE
/// according to `T`, for any batch size; the input of an Embedding is INT64. Parameters have their names and
/// shapes from state_dict(), such as `0.weight`; the graph has the net's name, or the name of its kind if it
/// has none.
/// @param net  any module of nn/ but a Lambda. ONNX stores batch norm's epsilon and the slope or alpha of
/// LeakyReLU and ELU as floats, even for a net of doubles.
/// @throws ValueError  a module has no translation; there is no module; the shape of the input is unknown; a
/// text is not UTF-8; or the model exceeds the 2 GiB that an ONNX file can hold.
/// @throws ShapeError  the modules do not fit together, or `input_shape` does not fit the first of them, or
/// has no elements.
/// @throws DataError   the file cannot be written.
///
/// If an error is thrown, an existing file is left unchanged.
template <class T>
void export_onnx(const std::filesystem::path& path, const Module<T>& net, const OnnxOptions& options = {});

}  // namespace xgrad
