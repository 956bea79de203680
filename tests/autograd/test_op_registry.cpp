#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include <xgrad/tests/support/op_registry.hpp>

using namespace xgrad;

namespace {

std::string replace_all(const std::string& text, const char* pattern, const char* by) {
    return std::regex_replace(text, std::regex(pattern), by);
}

// `pow(const Tensor<T>& x, double p = 2)` as `pow(Tensor, double)`.
std::string signature(const std::string& declaration) {
    const auto open = declaration.find('(');
    std::string name = declaration.substr(0, open);
    name = name.substr(name.rfind(' ') + 1);
    std::string parameters = replace_all(declaration.substr(open + 1), "const |std::|&|<T>|\\s*=[^,]*", "");
    parameters = replace_all(parameters, "\\s+\\w+\\s*(,|$)", "$1");  // the parameters' names
    parameters = replace_all(parameters, "\\s*,\\s*", ", ");
    return name + "(" + parameters + ")";
}

std::set<std::string> declared_ops() {
    std::ifstream file(XGRAD_SOURCE_DIR "/autograd/ops.hpp");
    REQUIRE(file);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    text = replace_all(text, "//[^\n]*", "");
    std::set<std::string> found;
    const std::regex declaration("template <class T>\\s+((?!struct)[^;]*)\\)\\s*;");
    for (auto it = std::sregex_iterator(text.begin(), text.end(), declaration); it != std::sregex_iterator(); ++it)
        found.insert(signature((*it)[1]));
    return found;
}

}  // namespace

TEST_CASE("op registry: every op of autograd/ops.hpp has an entry, and every entry is an op") {
    std::set<std::string> entries;
    for (const auto& op : registry::all_ops()) {
        CAPTURE(op.declaration);
        CHECK_MESSAGE(entries.insert(op.declaration).second, "two entries");
        CHECK_FALSE(op.samples.empty());
    }
    const std::set<std::string> declared = declared_ops();
    CHECK(declared.size() > 50);
    for (const auto& op : declared) CHECK_MESSAGE(entries.count(op) == 1, op << " has no entry in tests/support/ops_*.cpp");
    for (const auto& op : entries) CHECK_MESSAGE(declared.count(op) == 1, op << " is not declared in autograd/ops.hpp");
}

TEST_CASE("op registry: each op is tried on a scalar or a single element, and on an array without elements, where it takes one") {
    for (const auto& op : registry::all_ops()) {
        CAPTURE(op.declaration);
        bool single = false, empty = false;
        for (const auto& sample : op.samples)
            for (const auto& input : sample.inputs) {
                single = single || input.size() == 1;
                empty = empty || input.size() == 0;
            }
        const bool needs_elements = op.declaration == "cross_entropy(Tensor, Labels)" || op.declaration == "mse_loss(Tensor, Tensor)" ||
                                    (op.declaration.ends_with("(Tensor)") && !op.invalid.empty());  // a reduction of all elements
        CHECK(single);
        CHECK((empty || needs_elements || op.declaration == "logsumexp(Tensor)"));
    }
}
