#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "search.hpp"

#include <xgrad/autograd/record.hpp>

using namespace xgrad;
using namespace xgrad::programs;

namespace {

template <class V>
V from_environment(const char* name, V otherwise) {
    const char* text = std::getenv(name);
    return text ? static_cast<V>(std::stoull(text)) : otherwise;
}

// Counts the programs in which something occurs among the values the roots depend on, so that nothing can
// drop out unnoticed.
struct Occurrences {
    int programs = 0;
    std::map<std::string, int> of;

    void add(const Program& program) {
        ++programs;
        const std::vector<bool> live = program.live();
        const std::vector<std::size_t> uses = program.uses();
        std::set<std::string> seen;
        if (program.nodes.size() == most_nodes) seen.insert("as many nodes as there may be");
        if (program.roots().size() > 1) seen.insert("several roots");
        for (std::size_t i = 0; i < program.leaves.size(); ++i)
            if (live[i])
                seen.insert(program.leaves[i].requires_grad == RequiresGrad::yes ? "leaf" : "constant leaf");
        for (std::size_t i = program.leaves.size(); i < program.size(); ++i) {
            const Node& node = program.nodes[i - program.leaves.size()];
            if (!live[i]) {
                seen.insert("unused node");
                continue;
            }
            seen.insert(node.op);
            if (uses[i] > 1) seen.insert("result with several users");
            if (std::set(node.operands.begin(), node.operands.end()).size() < node.operands.size())
                seen.insert("op of the same value twice");
        }
        for (const std::string& what : seen) ++of[what];
    }
};

}  // namespace

TEST_CASE("random programs of ops agree with dual numbers in first and second order") {
    const SearchOptions options{.count = from_environment("XGRAD_PROGRAMS", 2000),
                                .seed = from_environment<std::uint64_t>("XGRAD_PROGRAMS_SEED", 1)};
    Occurrences occurrences;
    const Finding finding =
        search(all_ops(), options, [&](const Program& program) { occurrences.add(program); });
    REQUIRE_MESSAGE(finding.report.empty(), finding.report);
    MESSAGE(options.count << " programs, seed " << options.seed << ": largest relative difference "
                          << finding.largest);

    std::vector<std::string> expected{"as many nodes as there may be",
                                      "several roots",
                                      "leaf",
                                      "constant leaf",
                                      "unused node",
                                      "result with several users",
                                      "op of the same value twice"};
    for (const ProgramOp& op : all_ops()) expected.push_back(op.declaration);
    constexpr double least_share = 0.02;
    for (const std::string& what : expected) {
        CAPTURE(what);
        CHECK(occurrences.of[what] >= least_share * occurrences.programs);
    }
}

TEST_CASE("random programs: every op of the registry is among them") {
    std::set<std::string> ours, registered;
    for (const ProgramOp& op : all_ops()) ours.insert(op.declaration);
    for (const registry::Op& op : registry::differentiable_ops()) registered.insert(op.declaration);
    CHECK(ours.size() == all_ops().size());
    for (const std::string& op : registered)
        CHECK_MESSAGE(ours.contains(op), op << " has no row in tests/programs/ops_*.cpp");
    for (const std::string& op : ours)
        CHECK_MESSAGE(registered.contains(op), op << " is not in the registry");
}

namespace {

using Call = std::function<Tensor<double>(const Tensors<double>&)>;

// The result of a search in which one op of the programs is called differently.
Finding search_with(const std::string& declaration, const Call& call) {
    std::vector<ProgramOp> ops = all_ops();
    bool found = false;
    for (ProgramOp& op : ops)
        if (op.declaration == declaration) {
            op.make = [make = op.make, call](Draft& draft) {
                Step step = make(draft);
                step.call = call;
                return step;
            };
            found = true;
        }
    REQUIRE(found);
    return search(ops, {});
}

struct Planted {
    std::string what;
    const char* declaration;
    Call call;
    const char* difference;
};

}  // namespace

TEST_CASE("random programs find a planted bug, and shrink to four ops at most, of which one has it") {
    const Planted bugs[] = {
        {"a wrong value", "sigmoid(Tensor)", [](const auto& in) { return sigmoid(in[0]) * 1.00001; },
         ", element 0: xgrad "},
        {"a wrong derivative", "tanh(Tensor)",
         [](const auto& in) {
             const Tensor<double> y = tanh(in[0]).detach();
             return record("tanh", y, Edge{in[0], [y](const auto& dy) { return dy * (1.0 - y); }});
         },
         "gradient along u: xgrad "},
        {"a derivative that is wrong in the second order only", "exp(Tensor)",
         [](const auto& in) {
             const Tensor<double> y = exp(in[0]).detach();
             return record("exp", y, Edge{in[0], [y](const auto& dy) { return dy * y.detach(); }});
         },
         "second derivative along u and v: xgrad "},
        {"a gradient along the wrong axis", "transpose(Tensor)",
         [](const auto& in) {
             return record(
                 "transpose", transpose(in[0]).detach(),
                 Edge{in[0], [shape = in[0].shape()](const auto& dy) { return reshape(dy, shape); }});
         },
         "gradient along u: xgrad "},
        {"a gradient that is not summed over broadcast axes", "operator+(Tensor, Tensor)",
         [](const auto& in) {
             const auto same = [](const auto& dy) { return dy; };
             return record("add", (in[0] + in[1]).detach(), Edge{in[0], same}, Edge{in[1], same});
         },
         "add: its backward function gave a gradient of shape "},
        {"a contribution that is forgotten where both operands are one Tensor", "operator*(Tensor, Tensor)",
         [](const auto& in) {
             if (!in[0].is_same(in[1])) return in[0] * in[1];
             return record("mul", square(in[0]).detach(),
                           Edge{in[0], [x = in[0]](const auto& dy) { return dy * x; }});
         },
         "gradient along u: xgrad "},
        {"a result that depends on what ran before", "abs(Tensor)",
         [calls = 0](const auto& in) mutable { return abs(in[0]) + (++calls % 2 == 0 ? 1e-14 : 0); },
         "its values differ outside a tape and under one"},
    };
    for (const Planted& bug : bugs) {
        CAPTURE(bug.what);
        const Finding finding = search_with(bug.declaration, bug.call);
        CAPTURE(finding.report);
        const std::string declaration = bug.declaration;
        CHECK(finding.program.nodes.size() <= 4);
        CHECK(finding.report.find(" = " + declaration.substr(0, declaration.find('(') + 1)) !=
              std::string::npos);
        CHECK(finding.report.find(bug.difference) != std::string::npos);
        CHECK_MESSAGE(search_with(bug.declaration, bug.call).report == finding.report, "the seed repeats it");
    }
}
