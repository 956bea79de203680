#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "jet_array.hpp"

// Random programs of ops. Any list of numbers encodes a valid program, so RapidCheck may shrink the list
// freely.
namespace xgrad::programs {

using registry::Tensors;

/// The random numbers that encode one leaf or one node.
using Gene = std::array<std::uint8_t, 8>;

/// An input of a program.
struct Leaf {
    RequiresGrad requires_grad;
    JetArray value;  ///< Includes the directions u and v, which are 0 for a constant.
};

/// One op applied to values of the program: the leaves and the results of earlier nodes.
struct Node {
    std::string op;    ///< Its declaration in the registry.
    std::string text;  ///< `tanh(x0)`.
    std::vector<std::size_t> operands;
    std::function<Tensor<double>(const Tensors<double>& operands)> call;
    JetArray value;  ///< The oracle's result.
};

struct Program {
    std::vector<Leaf> leaves;
    std::vector<Node> nodes;

    std::size_t size() const { return leaves.size() + nodes.size(); }
    const JetArray& value(std::size_t i) const {
        return i < leaves.size() ? leaves[i].value : nodes[i - leaves.size()].value;
    }
    /// The values whose weighted sum is differentiated: the last one that depends on a leaf that requires a
    /// gradient, and three of four such results that no node uses.
    std::vector<std::size_t> roots() const;
    /// For each value, whether the roots depend on it; roots included.
    std::vector<bool> live() const;
    /// For each value, the number of nodes that use it.
    std::vector<std::size_t> uses() const;
};

/// One line per value: `x2 = operator*(x0, x1)  (2, 3)`.
std::string to_string(const Program& program);

/// Whether an op accepts an operand.
using Accepts = std::function<bool(const JetArray&)>;

/// Chooses the operands and attributes of one node from the numbers of its gene.
class Draft {
public:
    Draft(const Program& program, const Gene& gene) : program_(program), gene_(gene) {}

    /// The next number of the gene, in [0, bound).
    std::size_t below(std::size_t bound);
    template <class V>
    V one_of(std::initializer_list<V> values) {
        return values.begin()[below(values.size())];
    }
    /// The next operand: an accepted value, most likely a recent one that is not used yet. Rejects the node
    /// if there is none.
    const JetArray& operand(const Accepts& accepts);
    /// Rejects the node: it is left out of the program.
    [[noreturn]] static void reject();

    const std::vector<std::size_t>& operands() const { return operands_; }

private:
    const Program& program_;
    const Gene& gene_;
    std::size_t next_ = 1;  // number 0 chooses the op
    std::vector<std::size_t> operands_;
};

/// The result of applying an op to a draft.
struct Step {
    JetArray value;
    std::function<Tensor<double>(const Tensors<double>& operands)> call;
    std::string attributes;  ///< As printed after the operands: `, axes [0, 1]`.
};

/// An op that programs use.
struct ProgramOp {
    std::string declaration;  ///< Its declaration in the registry: `pow(Tensor, double)`.
    std::function<Step(Draft&)> make;
};

/// Every op of autograd/ops/, one function for each family (tests/programs/ops_<family>.cpp).
const std::vector<ProgramOp>& all_ops();
std::vector<ProgramOp> elementwise_ops();
std::vector<ProgramOp> reduction_ops();
std::vector<ProgramOp> shape_ops();
std::vector<ProgramOp> slicing_ops();
std::vector<ProgramOp> indexing_ops();
std::vector<ProgramOp> linear_algebra_ops();
std::vector<ProgramOp> convolution_ops();

constexpr std::size_t most_nodes = 40;

/// The program that these numbers encode. A node is left out if no operands fit, or if its result would be
/// too large (in elements, value or derivative) or too close to a kink for a comparison.
Program build(const std::vector<ProgramOp>& ops, const std::vector<Gene>& leaves,
              const std::vector<Gene>& nodes);

}  // namespace xgrad::programs
