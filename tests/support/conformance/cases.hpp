#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <xgrad/autograd/ops.hpp>

// Cases that PyTorch has computed (tests/pytorch/conformance.py): calls of ops and modules, their results,
// and gradients of both orders.
namespace xgrad::conformance {

template <class T>
using Tensors = std::vector<Tensor<T>>;

/// An op or a module with its inputs and options.
template <class T>
using Call = std::function<Tensor<T>(const Tensors<T>& x, const nlohmann::json& options)>;

/// The results of a call y of x0, x1 ...
template <class T>
struct Results {
    Array<T> y;
    std::vector<Array<T>> gradients;  ///< Of sum(dy y), with respect to x0, x1 ...
    std::vector<Array<T>>
        second;  ///< Of a sum of all gradients' elements, with respect to x0, x1 ... and dy.
};

/// A call and what PyTorch makes of it.
template <class T>
struct Case {
    std::string op;  ///< The op's declaration, `pow(Tensor, double)`, or the module's kind.
    nlohmann::json options;
    std::vector<Array<T>> x;
    Array<T> dy;
    Results<T> torch;

    bool is_module() const { return options.contains("module"); }
    std::string name() const { return options.empty() ? op : op + " " + options.dump(); }
};

/// The cases of scalar type T in a file, which is gzipped.
template <class T>
std::vector<Case<T>> read_cases(const std::filesystem::path& file);

/// The call of an op. @throws std::out_of_range  calls.cpp has none.
template <class T>
const Call<T>& call_of(const std::string& op);

/// The weights in the sum of the first gradients that is differentiated again: gradient i has the weight i +
/// 1, or each element its own.
enum class Weights { of_gradients, of_elements };

/// The case's results by xgrad.
template <class T>
Results<T> run(const Case<T>& c, Weights weights);

}  // namespace xgrad::conformance
