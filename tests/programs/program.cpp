#include "program.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace xgrad::programs {
namespace {

constexpr std::size_t most_elements = 36;
constexpr double largest = 1e3;  // the bound of values and derivatives
constexpr double least_distance_to_kink = 1e-3;

struct Rejected {};

bool tame(const Jet& x) {
    for (const double part : {number(x), along_u(x), along_v(x), along_both(x)})
        if (!(std::abs(part) <= largest)) return false;
    return true;
}

Leaf make_leaf(const Gene& gene, bool first) {
    static const std::vector<Shape> shapes{
        {},     {1},    {2},    {3},    {1, 3}, {2, 1},  // shrinking leads to the first shape
        {2, 2}, {2, 3}, {2, 3}, {3, 2}, {3, 3}, {2, 2, 3}};
    enum Kind { any, positive, constant };
    const Kind kind = std::array{any, any, positive, constant}[gene[1] % 4];
    const bool moves = first || kind != constant;
    Rng rng(gene[2]);
    // Two decimals are short to print.
    const auto uniform = [&](int low, int high) {
        return (low + static_cast<int>(rng.below(static_cast<std::uint64_t>(high - low)))) / 100.0;
    };
    return {moves ? RequiresGrad::yes : RequiresGrad::no,
            generate(shapes[gene[0] % shapes.size()], [&](const Index&) {
                const double value = kind == positive ? uniform(30, 250) : uniform(-200, 200);
                const double u = uniform(-100, 100), v = uniform(-100, 100);
                return moves ? dual::variable(value, u, v) : Jet(value);
            })};
}

std::string name(std::size_t i) { return fmt::format("x{}", i); }

Node make_node(const ProgramOp& op, const Program& program, const Gene& gene) {
    Draft draft(program, gene);
    dual::nearest_kink = std::numeric_limits<double>::infinity();
    Step step = op.make(draft);
    if (dual::nearest_kink < least_distance_to_kink || step.value.data.size() > most_elements)
        Draft::reject();
    for (const Jet& x : step.value.data)
        if (!tame(x)) Draft::reject();
    std::vector<std::string> names;
    for (const std::size_t i : draft.operands()) names.push_back(name(i));
    return {op.declaration,
            fmt::format("{}({}{})", op.declaration.substr(0, op.declaration.find('(')),
                        fmt::join(names, ", "), step.attributes),
            draft.operands(), std::move(step.call), std::move(step.value)};
}

}  // namespace

std::vector<std::size_t> Program::roots() const {
    std::vector<bool> differentiable;
    for (const Leaf& leaf : leaves) differentiable.push_back(leaf.requires_grad == RequiresGrad::yes);
    for (const Node& node : nodes)
        differentiable.push_back(
            std::ranges::any_of(node.operands, [&](std::size_t i) { return differentiable[i]; }));
    const std::vector<std::size_t> used = uses();
    std::vector<std::size_t> roots;
    for (std::size_t i = size(); i-- > 0;) {
        const bool unused_result = i >= leaves.size() && used[i] == 0 && i % 4 != 0;
        if (differentiable[i] && (roots.empty() || unused_result)) roots.push_back(i);
    }
    return roots;
}

std::vector<bool> Program::live() const {
    std::vector<bool> result(size());
    for (const std::size_t i : roots()) result[i] = true;
    for (std::size_t i = size(); i-- > leaves.size();)
        if (result[i])
            for (const std::size_t operand : nodes[i - leaves.size()].operands) result[operand] = true;
    return result;
}

std::vector<std::size_t> Program::uses() const {
    std::vector<std::size_t> count(size());
    for (const Node& node : nodes)
        for (const std::size_t i : node.operands) ++count[i];
    return count;
}

std::string to_string(const Program& program) {
    std::string text;
    for (std::size_t i = 0; i < program.size(); ++i) {
        const JetArray& value = program.value(i);
        std::string definition;
        if (i < program.leaves.size()) {
            std::vector<double> numbers;
            for (const Jet& x : value.data) numbers.push_back(number(x));
            const bool constant = program.leaves[i].requires_grad == RequiresGrad::no;
            definition = fmt::format("{} {}", constant ? "constant" : "leaf", numbers);
        } else {
            definition = program.nodes[i - program.leaves.size()].text;
        }
        text += fmt::format("    {} = {}  {}\n", name(i), definition, xgrad::to_string(value.shape));
    }
    return text;
}

std::size_t Draft::below(std::size_t bound) {
    const std::size_t number = next_ < gene_.size() ? gene_[next_] : 0;
    ++next_;
    return number % bound;
}

const JetArray& Draft::operand(const Accepts& accepts) {
    const std::vector<std::size_t> used = program_.uses();
    std::vector<std::size_t> candidates;
    for (std::size_t i = program_.size(); i-- > 0;)
        if (accepts(program_.value(i))) candidates.push_back(i);
    if (candidates.empty()) reject();
    std::stable_partition(candidates.begin(), candidates.end(), [&](std::size_t i) { return used[i] == 0; });
    // Three of four choices are made from the first candidates: a graph of few loose ends.
    constexpr std::size_t choices = 256, first = 2;
    const std::size_t choice = below(choices);
    operands_.push_back(
        candidates[choice % std::min(choice < choices / 4 * 3 ? first : choices, candidates.size())]);
    return program_.value(operands_.back());
}

void Draft::reject() { throw Rejected(); }

Program build(const std::vector<ProgramOp>& ops, const std::vector<Gene>& leaves,
              const std::vector<Gene>& nodes) {
    Program program;
    program.leaves.push_back(make_leaf(leaves.empty() ? Gene{} : leaves[0], true));
    for (std::size_t i = 1; i < leaves.size(); ++i) program.leaves.push_back(make_leaf(leaves[i], false));
    for (const Gene& gene : nodes) {
        if (program.nodes.size() == most_nodes) break;
        try {
            program.nodes.push_back(make_node(ops[gene[0] % ops.size()], program, gene));
        } catch (const Rejected&) {  // the node is left out
        }
    }
    return program;
}

const std::vector<ProgramOp>& all_ops() {
    static const std::vector<ProgramOp> ops = [] {
        std::vector<ProgramOp> all;
        for (const auto& family : {elementwise_ops(), reduction_ops(), shape_ops(), slicing_ops(),
                                   indexing_ops(), linear_algebra_ops(), convolution_ops()})
            all.insert(all.end(), family.begin(), family.end());
        return all;
    }();
    return ops;
}

}  // namespace xgrad::programs
