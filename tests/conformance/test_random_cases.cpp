#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include <doctest/doctest.h>

#include "support/conformance/cases.hpp"
#include "support/conformance/modules.hpp"
#include "support/registry/op_registry.hpp"

// Random calls of every op and module, and what PyTorch makes of them: those of the tree, or, in
// scripts/check, fresh ones ($XGRAD_CASES, a file of tests/pytorch/conformance.py).
using namespace xgrad;
using namespace xgrad::conformance;

namespace {

std::filesystem::path file() {
    const char* given = std::getenv("XGRAD_CASES");
    return given ? given : XGRAD_SOURCE_DIR "/tests/conformance/data/random_cases.safetensors.gz";
}

// Relative to the largest entry, or to 1 if all are smaller.
template <class T>
void check_close(const Array<T>& found, const Array<T>& expected) {
    REQUIRE(found.shape() == expected.shape());
    double scale = 1, difference = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double x = static_cast<double>(expected.data()[i]);
        scale = std::max(scale, std::abs(x));
        difference = std::max(difference, std::abs(static_cast<double>(found.data()[i]) - x));
    }
    CHECK(difference <= (sizeof(T) == sizeof(double) ? 1e-10 : 1e-5) * scale);
}

// The buffers after a module's call.
template <class T>
void check_buffers(const Case<T>& c) {
    Tensors<T> inputs;
    for (const Array<T>& value : c.x) inputs.emplace_back(value);
    const auto module = module_of(inputs, c.options);
    call_module(*module, inputs, c.options);
    const StateDict<T> state = module->state_dict();
    for (const auto& expected : buffers<T>(c.options["buffers_after"])) {
        CAPTURE(expected.first);
        const auto& found = state.at(expected.first);
        if (const auto* array = std::get_if<Array<T>>(&expected.second))
            check_close(std::get<Array<T>>(found), *array);
        else
            CHECK(found == expected.second);
    }
}

template <class T>
void check_cases(std::map<std::string, int>& count) {
    for (const Case<T>& c : read_cases<T>(file())) {
        CAPTURE(c.name());
        ++count[c.op];
        const Results<T> found = run(c, Weights::of_elements);
        check_close(found.y, c.torch.y);
        for (std::size_t i = 0; i < c.x.size(); ++i) {
            CAPTURE(i);
            check_close(found.gradients[i], c.torch.gradients[i]);
        }
        for (std::size_t i = 0; i < found.second.size(); ++i) {
            CAPTURE(i);
            check_close(found.second[i], c.torch.second[i]);
        }
        if (c.is_module()) check_buffers(c);
    }
}

}  // namespace

TEST_CASE("random calls of every op and module: values and gradients of both orders are PyTorch's") {
    std::map<std::string, int> count;
    check_cases<float>(count);
    check_cases<double>(count);
    int total = 0;
    for (const auto& [op, n] : count) total += n;
    const std::vector<std::string> kinds = module_kinds();
    MESSAGE(total << " cases of " << count.size() - kinds.size() << " ops and " << kinds.size()
                  << " modules");
    for (const registry::Op& op : registry::all_ops())
        CHECK_MESSAGE(count[op.declaration] >= 2,
                      op.declaration << " has no case in tests/pytorch/random_cases.py");
    for (const std::string& kind : kinds)  // in either mode, of either scalar type
        CHECK_MESSAGE(count[kind] >= 4, kind << " has no cases in tests/pytorch/random_modules.py");
}
