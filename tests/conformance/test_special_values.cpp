#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/conformance/cases.hpp"
#include "support/registry/op_registry.hpp"

using namespace xgrad;
using namespace xgrad::conformance;

namespace {

const std::filesystem::path file = XGRAD_SOURCE_DIR "/tests/conformance/data/special_values.safetensors.gz";

template <class T>
std::string text(T value) {
    const T size = std::abs(value);
    const std::string sign = std::signbit(value) ? "-" : "";
    if (std::isnan(value)) return "NaN";
    if (size == std::numeric_limits<T>::max()) return sign + "max";
    if (size == std::numeric_limits<T>::denorm_min()) return sign + "min";
    return fmt::format("{:.3g}", value);
}

// The elements of the inputs on which element i of a result of that shape depends.
template <class T>
std::string arguments(const Case<T>& c, const Shape& shape, std::size_t i) {
    std::vector<std::string> parts;
    for (const Array<T>& x : c.x) {
        const bool is_matrix = x.dimension() == 2 && x.shape()[0] > 1 && x.shape()[1] > 1;
        std::vector<T> some(x.begin(), x.end());
        if (is_matrix && c.x.size() == 1) {  // its row
            const std::size_t n = x.shape()[1], row = shape == x.shape() ? i / n : i;
            some.assign(x.begin() + static_cast<std::ptrdiff_t>(row * n),
                        x.begin() + static_cast<std::ptrdiff_t>((row + 1) * n));
        } else if (is_matrix) {  // its column
            some.clear();
            for (std::size_t row = 0; row < x.shape()[0]; ++row) some.push_back(x(row, i % x.shape()[1]));
        } else if (x.size() > 3) {
            some = {x.data()[i % x.size()]};
        }
        std::vector<std::string> texts;
        for (const T v : some) texts.push_back(text(v));
        parts.push_back(texts.size() == 1 ? texts[0] : fmt::format("[{}]", fmt::join(texts, " ")));
    }
    return fmt::format("({})", fmt::join(parts, ", "));
}

// Equal to a few roundings. Gradients are sums of terms of up to 1, so their roundings are those of 1.
template <class T>
bool agree(T found, T expected, bool is_value) {
    if (std::isnan(found) || std::isnan(expected)) return std::isnan(found) && std::isnan(expected);
    if (found == expected) return found != 0 || !is_value || std::signbit(found) == std::signbit(expected);
    const T scale = is_value ? std::abs(expected) : std::max(std::abs(expected), T{1});
    return std::abs(found - expected) <= 10 * std::numeric_limits<T>::epsilon() * scale;
}

// A row of the table: op, result, xgrad, PyTorch; and where: the dys, and the arguments with their scalar
// types.
using Difference = std::array<std::string, 4>;
struct Places {
    std::set<std::string> dys;
    std::map<std::string, std::set<std::string>> arguments;
};
using Differences = std::map<Difference, Places>;

// The ops with those options that differ between their cases: `elu, alpha 0.5`.
template <class T>
std::vector<std::string> titles(const std::vector<Case<T>>& cases) {
    std::map<std::string, std::set<std::string>> values;
    for (const Case<T>& c : cases)
        for (const auto& [name, value] : c.options.items()) values[c.op + name].insert(value.dump());
    std::vector<std::string> titles;
    for (const Case<T>& c : cases) {
        titles.push_back(c.op.substr(0, c.op.find('(')));
        for (const auto& [name, value] : c.options.items())
            if (values[c.op + name].size() > 1) titles.back() += fmt::format(", {} {}", name, value.dump());
    }
    return titles;
}

template <class T>
void add_differences(Differences& differences) {
    const std::vector<Case<T>> cases = read_cases<T>(file);
    const std::vector<std::string> names = titles(cases);
    for (std::size_t number = 0; number < cases.size(); ++number) {
        const Case<T>& c = cases[number];
        const std::string& op = names[number];
        const Results<T> found = run(c, Weights::of_gradients);
        CAPTURE(c.name());
        const auto compare = [&](const std::string& result, const Array<T>& ours, const Array<T>& theirs) {
            REQUIRE(ours.shape() == theirs.shape());
            for (std::size_t i = 0; i < ours.size(); ++i) {
                if (agree(ours.data()[i], theirs.data()[i], result == "y")) continue;
                Places& places = differences[{op, result, text(ours.data()[i]), text(theirs.data()[i])}];
                places.dys.insert(text(c.dy.data()[0]));
                places.arguments[arguments(c, ours.shape(), i)].insert(sizeof(T) == sizeof(float) ? "float"
                                                                                                  : "double");
            }
        };
        compare("y", found.y, c.torch.y);
        const std::size_t inputs = c.x.size();
        const auto name = [&](std::size_t i) {
            return i == inputs ? "dy" : inputs == 1 ? "x" : fmt::format("x{}", i);
        };
        for (std::size_t i = 0; i < inputs; ++i)
            compare("d" + name(i), found.gradients[i], c.torch.gradients[i]);
        for (std::size_t i = 0; i <= inputs; ++i)
            compare("second d" + name(i), found.second[i], c.torch.second[i]);
    }
}

std::string table() {
    Differences differences;
    add_differences<float>(differences);
    add_differences<double>(differences);
    std::string rows;
    for (const auto& [difference, places] : differences) {
        constexpr std::size_t shown = 2;
        std::vector<std::string> examples;
        for (const auto& [at, types] : places.arguments)
            if (examples.size() < shown)
                examples.push_back(types.size() == 2 ? at : fmt::format("{} in {}", at, *types.begin()));
        if (places.arguments.size() > shown)
            examples.push_back(fmt::format("{} more", places.arguments.size() - shown));
        rows += fmt::format("| {} | {} | {} |\n", fmt::join(difference, " | "), fmt::join(places.dys, ", "),
                            fmt::join(examples, ", "));
    }
    return rows;
}

}  // namespace

TEST_CASE("special values: where an op differs from PyTorch, docs/numerics.md says so") {
    std::ifstream page(XGRAD_SOURCE_DIR "/docs/numerics.md");
    std::string line, documented;
    while (std::getline(page, line) && line != "| op | result | xgrad | PyTorch | dy | at |") continue;
    std::getline(page, line);  // |---|
    while (std::getline(page, line) && !line.empty()) documented += line + "\n";
    const std::string found = table();
    CHECK_MESSAGE(found == documented, "the table in docs/numerics.md should be\n" << found);
}

TEST_CASE("special values: every op has a case") {
    std::set<std::string> ops;
    for (const Case<double>& c : read_cases<double>(file)) ops.insert(c.op);
    for (const registry::Op& op : registry::all_ops())
        CHECK_MESSAGE(ops.count(op.declaration) == 1,
                      op.declaration << " has none in tests/pytorch/conformance.py");
}
