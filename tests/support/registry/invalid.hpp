#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <typeindex>
#include <typeinfo>
#include <vector>

#include <xgrad/autograd/tensor.hpp>

// The table of invalid input: calls that must be rejected, with the type and the text of the error. The rows
// of the ops are in their registry (op_registry.hpp), the others in tests/support/registry/invalid_*.cpp;
// tests/train/test_invalid_input.cpp runs all of them.
namespace xgrad::registry {

/// Makes the Tensors of a row, in one of the scalar types the row is run with.
template <class T>
struct Zeros {
    Tensor<T> operator()(const Shape& shape) const { return xgrad::zeros<T>(shape); }
    /// A leaf that requires a gradient.
    Tensor<T> leaf(const Shape& shape) const { return Tensor<T>(Array<T>(shape, T{0}), RequiresGrad::yes); }
};

/// A row: calls that must throw an error of exactly this type (not a base or derived one) with this text.
struct Invalid {
    std::string message;
    std::type_index type;
    std::vector<std::function<void()>> calls;  ///< The same call for float and double, or a single call.
};

/// Makes a row. `call` takes a Zeros, `[](auto zeros) { reshape(zeros({2, 3}), {4}); }`, or nothing.
template <class E, class F>
Invalid invalid(std::string message, F call) {
    if constexpr (std::invocable<F>)
        return {std::move(message), typeid(E), {[call] { call(); }}};
    else
        return {std::move(message),
                typeid(E),
                {[call] { call(Zeros<float>()); }, [call] { call(Zeros<double>()); }}};
}

/// The rows of both.
inline std::vector<Invalid> joined(std::vector<Invalid> rows, const std::vector<Invalid>& more) {
    rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

// ---- what many functions say ------------------------------------------------------------------------------

inline const std::string undefined =
    "Tensor: this handle refers to no value: it was default-constructed or moved from";

inline std::string recorded_elsewhere(const std::string& op, const std::string& shape) {
    return op + ": an input of shape " + shape +
           " was recorded by another tape (an outer one, or one that has ended or been emptied by backward()); detach() it to use its value here";
}

/// An extent such that a shape with two of them overflows.
inline constexpr std::size_t huge = std::size_t{1} << 40;
inline std::string too_large(const std::string& op,
                             const std::string& shape = "(1099511627776, 1099511627776)") {
    return op + ": shape " + shape + " is too large: its extents (other than 0) multiply to 2^60 or more";
}

// -----------------------------------------------------------------------------------------------------------

/// The invalid input of one function.
struct Refusals {
    std::string function;  ///< `Class::function` or `function`; `forward` is the call of a module.
    std::vector<Invalid> rows;
};

std::vector<Refusals> tensor_refusals();  ///< Tensor, and the functions that make constants.
std::vector<Refusals> engine_refusals();  ///< Tape, grad, gradcheck and numerical_derivative.
std::vector<Refusals> module_refusals();
std::vector<Refusals> image_module_refusals();
std::vector<Refusals> initializer_refusals();
std::vector<Refusals> metric_refusals();
std::vector<Refusals> optimizer_refusals();
std::vector<Refusals> schedule_refusals();
std::vector<Refusals> data_refusals();  ///< Tables, image sets, splits; see also tests/data/.

}  // namespace xgrad::registry
