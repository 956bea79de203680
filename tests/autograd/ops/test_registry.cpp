#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "support/registry/op_registry.hpp"

using namespace xgrad;

namespace {

void erase_all(std::string& text, const std::string& part) {
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part))
        text.erase(at, part.size());
}

// `const Tensor<T>& x = {}` as `Tensor`.
std::string type_of(std::string parameter) {
    parameter.erase(std::min(parameter.find('='), parameter.size()));
    for (const char* part : {"const ", "std::", "<T>", "&", "\n"}) erase_all(parameter, part);
    std::istringstream words(parameter);
    std::string type;
    words >> type;
    return type;
}

// `Tensor<T> pow(const Tensor<T>& x, double p = 2)` as `pow(Tensor, double)`.
std::string signature(const std::string& declaration) {
    const auto open = declaration.find('(');
    const auto name = declaration.rfind(' ', open) + 1;
    std::istringstream parameters(declaration.substr(open + 1));
    std::string result = declaration.substr(name, open + 1 - name);
    bool first = true;
    for (std::string parameter; std::getline(parameters, parameter, ','); first = false)
        result += (first ? "" : ", ") + type_of(parameter);
    return result + ")";
}

// Every function template of the header: what stands between `template <class T>` and `);`.
std::set<std::string> declared_ops() {
    std::ifstream file(XGRAD_SOURCE_DIR "/autograd/ops.hpp");
    REQUIRE(file);
    std::string text;
    for (std::string line; std::getline(file, line);) text += line.substr(0, line.find("//")) + "\n";
    const std::string head = "template <class T>\n";
    std::set<std::string> found;
    for (auto at = text.find(head); at != std::string::npos; at = text.find(head, at)) {
        at += head.size();
        if (text.compare(at, 6, "struct") != 0)
            found.insert(signature(text.substr(at, text.find(");", at) - at)));
    }
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
    for (const auto& op : declared)
        CHECK_MESSAGE(entries.count(op) == 1, op << " has no entry in tests/support/registry/ops_*.cpp");
    for (const auto& op : entries)
        CHECK_MESSAGE(declared.count(op) == 1, op << " is not declared in autograd/ops.hpp");
}

TEST_CASE(
    "op registry: each op is tried on a scalar or a single element, and on an array without elements, where it takes one") {
    for (const auto& op : registry::all_ops()) {
        CAPTURE(op.declaration);
        bool single = false, empty = false;
        for (const auto& sample : op.samples)
            for (const auto& input : sample.inputs) {
                single = single || input.size() == 1;
                empty = empty || input.size() == 0;
            }
        const bool needs_elements =
            op.declaration == "cross_entropy(Tensor, Labels)" ||
            op.declaration == "mse_loss(Tensor, Tensor)" ||
            (op.declaration.ends_with("(Tensor)") && !op.invalid.empty());  // a reduction of all elements
        CHECK(single);
        CHECK((empty || needs_elements || op.declaration == "logsumexp(Tensor)"));
    }
}
