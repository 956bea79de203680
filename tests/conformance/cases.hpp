#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <xgrad/autograd/ops.hpp>

// Cases that PyTorch has computed (tests/pytorch/conformance.py): calls of ops, their results, and gradients
// of both orders.
namespace xgrad::conformance {

template <class T>
using Tensors = std::vector<Tensor<T>>;

/// An op with its inputs and options.
template <class T>
using Call = std::function<Tensor<T>(const Tensors<T>& x, const nlohmann::json& options)>;

/// The results of a call y of x0, x1 ...
template <class T>
struct Results {
    Array<T> y;
    std::vector<Array<T>> gradients;  ///< Of sum(dy y), with respect to x0, x1 ...
    std::vector<Array<T>> second;  ///< Of the sum of all elements of gradient 0, 2 gradient 1 ..., with
                 ///< respect to x0, x1 ... and dy.
};

/// A call and what PyTorch makes of it.
template <class T>
struct Case {
    std::string op;  ///< Its declaration: `pow(Tensor, double)`.
    nlohmann::json options;
    std::vector<Array<T>> x;
    Array<T> dy;
    Results<T> torch;

    std::string name() const { return options.empty() ? op : op + " " + options.dump(); }
};

/// The cases of scalar type T in a file, which is gzipped.
template <class T>
std::vector<Case<T>> read_cases(const std::filesystem::path& file);

/// The call of an op. @throws std::out_of_range  tests/conformance/calls.cpp has none.
template <class T>
const Call<T>& call_of(const std::string& op);

/// The case's results by xgrad.
template <class T>
Results<T> run(const Case<T>& c);

}  // namespace xgrad::conformance
