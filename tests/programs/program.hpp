#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "jet_array.hpp"

// Programs of ops, built from random numbers. Any list of numbers is a valid program, so RapidCheck may
// shrink the list as it likes.
namespace xgrad::programs {

using registry::Tensors;

/// The random numbers that make one leaf or one node.
using Gene = std::array<std::uint8_t, 8>;

/// An input of a program.
struct Leaf {
    RequiresGrad requires_grad;
    JetArray value;  ///< With the directions u and v, which are 0 for a constant.
};

/// One op on values of the program: the leaves, then the results of the nodes before it.
struct Node {
    std::string op;  ///< Its declaration in the registry.
    std::string text;  ///< `tanh(x0)`.
    std::vector<std::size_t> operands;
    std::function<Tensor<double>(const Tensors<double>& operands)> call;
    JetArray value;  ///< What the oracle computes.
};

struct Program {
    std::vector<Leaf> leaves;
    std::vector<Node> nodes;

    std::size_t size() const { return leaves.size() + nodes.size(); }
    const JetArray& value(std::size_t i) const {
        return i < leaves.size() ? leaves[i].value : nodes[i - leaves.size()].value;
    }
    /// The values whose weighted sum is differentiated: the last that depends on a leaf that requires a
    /// gradient, and three of four such results that no node uses.
    std::vector<std::size_t> roots() const;
    /// Which values the roots depend on, roots included.
    std::vector<bool> live() const;
    /// How many nodes use each value.
    std::vector<std::size_t> uses() const;
};

/// One line for each value: `x2 = operator*(x0, x1)  (2, 3)`.
std::string to_string(const Program& program);

/// Whether an op takes an operand.
using Accepts = std::function<bool(const JetArray&)>;

/// Chooses the operands and attributes of one node, by the numbers of its gene.
class Draft {
public:
    Draft(const Program& program, const Gene& gene) : program_(program), gene_(gene) {}

    /// The next number of the gene, in [0, bound).
    std::size_t below(std::size_t bound);
    template <class V>
    V one_of(std::initializer_list<V> values) {
        return values.begin()[below(values.size())];
    }
    /// The next operand: a value that is accepted, most likely a recent one that nothing uses yet. Leaves the
    /// node out where there is none.
    const JetArray& operand(const Accepts& accepts);
    /// Leaves the node out.
    [[noreturn]] static void reject();

    const std::vector<std::size_t>& operands() const { return operands_; }

private:
    const Program& program_;
    const Gene& gene_;
    std::size_t next_ = 1;  // number 0 is the op's
    std::vector<std::size_t> operands_;
};

/// What an op makes of a draft.
struct Step {
    JetArray value;
    std::function<Tensor<double>(const Tensors<double>& operands)> call;
    std::string attributes;  ///< As they are printed behind the operands: `, axes [0, 1]`.
};

/// An op of the programs.
struct ProgramOp {
    std::string declaration;  ///< Its name in the registry: `pow(Tensor, double)`.
    std::function<Step(Draft&)> make;
};

/// Every op of autograd/ops.hpp, one function for each family (tests/programs/ops_<family>.cpp).
const std::vector<ProgramOp>& all_ops();
std::vector<ProgramOp> elementwise_ops();
std::vector<ProgramOp> reduction_ops();
std::vector<ProgramOp> shape_ops();
std::vector<ProgramOp> linear_algebra_ops();

constexpr std::size_t most_nodes = 40;

/// The program of these numbers. A node is left out where it has no operands, or its result would be too
/// large (in elements, value or derivative) or too close to a kink to be compared.
Program build(const std::vector<ProgramOp>& ops, const std::vector<Gene>& leaves,
              const std::vector<Gene>& nodes);

}  // namespace xgrad::programs
