#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include <doctest/doctest.h>

#include "conformance/cases.hpp"
#include "support/registry/op_registry.hpp"

// Random calls of every op and what PyTorch makes of them: those of the tree, or, in scripts/check, fresh
// ones
// ($XGRAD_CASES, a file of tests/pytorch/conformance.py).
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

template <class T>
void check_cases(std::map<std::string, int>& count) {
    for (const Case<T>& c : read_cases<T>(file())) {
        CAPTURE(c.name());
        ++count[c.op];
        const Results<T> found = run(c);
        check_close(found.y, c.torch.y);
        for (std::size_t i = 0; i < c.x.size(); ++i) {
            CAPTURE(i);
            check_close(found.gradients[i], c.torch.gradients[i]);
        }
        for (std::size_t i = 0; i < found.second.size(); ++i) {
            CAPTURE(i);
            check_close(found.second[i], c.torch.second[i]);
        }
    }
}

}  // namespace

TEST_CASE("random calls of every op: values and gradients of both orders are PyTorch's") {
    std::map<std::string, int> count;
    check_cases<float>(count);
    check_cases<double>(count);
    int total = 0;
    for (const auto& [op, n] : count) total += n;
    MESSAGE(total << " cases of " << count.size() << " ops");
    for (const registry::Op& op : registry::all_ops())
        CHECK_MESSAGE(count[op.declaration] >= 2,
                      op.declaration << " has no case in tests/pytorch/random_cases.py");
}
