#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "support/registry/op_registry.hpp"
#include "support/threads.hpp"

#include <xgrad/autograd/gradcheck.hpp>

using namespace xgrad;
using namespace xgrad::registry;

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

std::string read_without_comments(const std::string& path) {
    std::ifstream file(XGRAD_SOURCE_DIR "/" + path);
    REQUIRE(file);
    std::string text;
    for (std::string line; std::getline(file, line);) text += line.substr(0, line.find("//")) + "\n";
    return text;
}

// Every function template of the headers that autograd/ops.hpp includes: what stands between
// `template <class T>` and `);`.
std::set<std::string> declared_ops() {
    std::string text;
    std::istringstream list(read_without_comments("autograd/ops.hpp"));
    for (std::string line; std::getline(list, line);)
        if (const auto at = line.find("autograd/ops/"); at != std::string::npos)
            text += read_without_comments(line.substr(at, line.find('>') - at));
    erase_all(text, " = float");
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

TEST_CASE("op registry: every op of autograd/ops/ has an entry, and every entry is an op") {
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
        CHECK_MESSAGE(declared.count(op) == 1, op << " is not declared in autograd/ops/");
}

TEST_CASE(
    "op registry: each op is tried on a scalar or a single element, and on an array without elements, where it takes one") {
    for (const auto& op : registry::all_ops()) {
        CAPTURE(op.declaration);
        if (op.samples[0].inputs.empty()) continue;
        bool single = false, empty = false;
        for (const auto& sample : op.samples)
            for (const auto& input : sample.inputs) {
                single = single || input.size() == 1;
                empty = empty || input.size() == 0;
            }
        const bool needs_elements =
            name_in_errors(op) == "cross_entropy" || name_in_errors(op) == "nll_loss" ||
            (op.declaration.ends_with("(Tensor)") && !op.invalid.empty());  // a reduction of all elements
        CHECK(single);
        CHECK((empty || needs_elements || op.declaration == "logsumexp(Tensor)"));
    }
}

// Runs over the registry: what holds for every op, sample by sample.

namespace {

template <class T>
Tensors<T> gradients(const Sample& sample, const Tensors<T>& inputs) {
    const Tape<T> tape;
    return grad(weighted_sum(call_of<T>(sample)(inputs)), inputs);
}

// Compared on the scale of the largest element: single ones may cancel to nothing.
void check_close(const Array<float>& found, const Array<double>& exact) {
    REQUIRE(found.shape() == exact.shape());
    double scale = 1, difference = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        scale = std::max(scale, std::abs(exact.data()[i]));
        difference = std::max(difference, std::abs(static_cast<double>(found.data()[i]) - exact.data()[i]));
    }
    CHECK(difference <= 1e-5 * scale);
}

void check_float(const Sample& sample) {
    const auto single = leaves<float>(sample.inputs);
    Tensors<double> rounded;  // what the float op really gets
    for (const auto& x : single)
        rounded.emplace_back(evaluate(xt::cast<double>(x.value())), RequiresGrad::yes);
    check_close(sample.call_float(single).value(), sample.call(rounded).value());
    const auto found = gradients(sample, single);
    const auto exact = gradients(sample, rounded);
    for (std::size_t i = 0; i < found.size(); ++i) check_close(found[i].value(), exact[i].value());
}

void check_value(const Sample& sample, const Tensor<double>& y, std::size_t i, double tolerance) {
    const double expected = sample.reference(unflatten(y.shape(), i), sample.inputs);
    CHECK(std::abs(y.value().data()[i] - expected) <= tolerance * std::max(1.0, 10 * std::abs(expected)));
}

}  // namespace

TEST_CASE("ops: gradients and second derivatives agree with finite differences") {
    for_each_sample(differentiable_ops(), [](const Op&, const Sample& sample) {
        const auto result = gradcheck(sample.call, sample.inputs);
        CHECK_MESSAGE(result.ok, result.message);
        CHECK_MESSAGE(result.kinks.empty(), result.message);
    });
}

TEST_CASE("ops: values agree with a naive formula") {
    for_each_sample(all_ops(), [](const Op&, const Sample& sample) {
        const Tensor<double> y = sample.call(sample.inputs);
        REQUIRE(y.shape() == sample.shape);
        for (std::size_t i = 0; i < y.size(); ++i) check_value(sample, y, i, 1e-14);
    });
}

TEST_CASE("ops: float agrees with double, values and gradients, to float accuracy") {
    for_each_sample(differentiable_ops(), [](const Op&, const Sample& sample) { check_float(sample); });
}

TEST_CASE("ops: at sizes that threads share, values and derivatives are right for 1, 2 and 3 threads") {
#if defined(__SANITIZE_THREAD__)
    const std::vector<int> counts{2};  // takes minutes; with more threads than processors, many
#elif defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
    const std::vector<int> counts{1, 2, 3};
#else
    const std::vector<int> counts{3};  // each takes a minute
#endif
    std::size_t samples = 0;
    for (const Op& op : differentiable_ops())
        for (const Sample& sample : op.large()) {
            CAPTURE(op.declaration);
            CAPTURE(sample.label);
            ++samples;
            for (const int threads : counts) {
                CAPTURE(threads);
                const test::Threads scope(threads);
                // Its kinks are not looked at: the rounding of such long sums may pass for one.
                const auto result = gradcheck(sample.call, sample.inputs, {.directions = 1});
                CHECK_MESSAGE(result.ok, result.message);
                check_float(sample);
                const Tensor<double> y = sample.call(sample.inputs);
                for (std::size_t i = 0; i < y.size(); i += 1 + y.size() / 3) check_value(sample, y, i, 1e-12);
            }
        }
    CHECK(samples > 40);
}

TEST_CASE("ops: no gradient flows through comparisons") {
    for_each_sample(constant_ops(), [](const Op&, const Sample& sample) {
        const Tape<double> tape;
        CHECK_FALSE(sample.call(leaves<double>(sample.inputs)).requires_grad());
    });
}

TEST_CASE("ops: recording does not change a value, and nothing is recorded outside a tape") {
    for_each_sample(differentiable_ops(), [](const Op&, const Sample& sample) {
        const auto inputs = leaves<double>(sample.inputs);
        const Tensor<double> plain = sample.call(inputs);
        CHECK((plain.is_leaf() || inputs.empty()));
        Tape<double> tape;
        const Tensor<double> recorded = sample.call(inputs);
        CHECK(recorded.requires_grad());
        CHECK(recorded.value() == plain.value());
    });
}
