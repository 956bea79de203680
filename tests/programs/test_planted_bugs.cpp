#include <string>

#include <doctest/doctest.h>

#include <xgrad/autograd/record.hpp>
#include "search.hpp"

using namespace xgrad;
using namespace xgrad::programs;

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
