#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "search.hpp"

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
    for (const registry::Op& op : registry::all_ops()) registered.insert(op.declaration);
    CHECK(ours.size() == all_ops().size());
    for (const std::string& op : registered)
        CHECK_MESSAGE(ours.contains(op), op << " has no row in tests/programs/ops_*.cpp");
    for (const std::string& op : ours)
        CHECK_MESSAGE(registered.contains(op), op << " is not in the registry");
}
