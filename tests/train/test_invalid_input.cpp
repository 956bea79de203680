// Runs the table of invalid input (tests/support/registry/invalid.hpp), and sees that nothing is missing from
// it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <xgrad/autograd/record.hpp>
#include <xgrad/core/error.hpp>
#include "support/registry/op_registry.hpp"

using namespace xgrad;
using namespace xgrad::registry;

namespace {

void check(const Invalid& row) {
    for (const auto& call : row.calls) {
        std::string message = "no error";
        std::type_index type = typeid(void);
        try {
            call();
        } catch (const std::exception& error) {
            message = error.what();
            type = typeid(error);
        }
        CHECK(message == row.message);
        CHECK(std::string(type.name()) == std::string(row.type.name()));
        CHECK_FALSE(ErrorScope::current());
        CHECK_FALSE((is_recording<float>() || is_recording<double>()));
    }
}

// What every op refuses for each input in turn: an undefined Tensor, one of another tape, and one that a tape
// of the other scalar type cannot record. Of the samples those with the fewest and the most inputs are taken
// (an input may be left out, as the bias of linear), whose result is no input itself.
std::vector<Invalid> of_any_op(const Op& op) {
    const std::string name = name_in_errors(op);
    if (op.samples[0].inputs.empty()) return {};
    std::vector<const Sample*> samples;
    for (const Sample& sample : op.samples)
        if (!sample.call(sample.inputs).is_same(sample.inputs[0])) samples.push_back(&sample);
    const auto [fewest, most] =
        std::minmax_element(samples.begin(), samples.end(),
                            [](const auto* a, const auto* b) { return a->inputs.size() < b->inputs.size(); });
    std::vector<Invalid> rows;
    for (std::size_t i = 0; i < (*fewest)->inputs.size(); ++i)
        rows.push_back(invalid<GraphError>(undefined, [i, sample = *fewest] {
            Tensors<double> inputs = sample->inputs;
            inputs[i] = Tensor<double>();
            sample->call(inputs);
        }));
    if (op.returns_indices) return rows;
    for (std::size_t i = 0; i < (*most)->inputs.size(); ++i)
        rows.push_back(invalid<GraphError>(recorded_elsewhere(name, to_string((*most)->inputs[i].shape())),
                                           [i, sample = *most] {
                                               Tensors<double> inputs = sample->inputs;
                                               const Tape<double> outer;
                                               inputs[i] = leaves<double>(inputs)[i] * 1.0;
                                               const Tape<double> inner;
                                               sample->call(inputs);
                                           }));
    rows.push_back(invalid<GraphError>(
        name +
            ": a Tape<double> records here, but the input is a Tensor<float> that requires a gradient; open a Tape<float>",
        [sample = *most] {
            const Tape<double> tape;
            sample->call_float(leaves<float>(sample->inputs));
        }));
    return rows;
}

std::vector<Refusals> all_refusals() {
    std::vector<Refusals> all;
    for (const auto& part : {tensor_refusals(), engine_refusals(), module_refusals(), image_module_refusals(),
                             initializer_refusals(), metric_refusals(), optimizer_refusals(),
                             schedule_refusals(), data_refusals()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

// ---- what has to be in the table: read from the headers ---------------------------------------------------

const std::map<std::string, std::type_index> error_types{
    {"ShapeError", typeid(ShapeError)}, {"ValueError", typeid(ValueError)},
    {"GraphError", typeid(GraphError)}, {"StateError", typeid(StateError)},
    {"DataError", typeid(DataError)},   {"NumericsError", typeid(NumericsError)}};

struct Headers {
    std::map<std::string, std::set<std::type_index>>
        documented;  // function, what its comment says that it throws
    std::set<std::string> always;  // functions that need a row whatever their comments say
};

// Reads `/// … @throws E …` and the declaration below it, which may begin with `template <…>`.
void read(const std::filesystem::path& path, Headers& headers) {
    static const std::regex thrown("@throws (\\w+)"), name("(operator\\(\\)|operator[^ (]+|\\w+)\\("),
        scope("^(class|struct) (\\w+)"), module("^class (\\w+) final : public (?:Module|Lambda)<T>"),
        optimizer("^class (\\w+) final : public Optimizer<T>"), inner_namespace("^namespace (\\w+) \\{");
    std::ifstream file(path);
    REQUIRE(file);
    std::string class_name, space;
    std::set<std::type_index> types;
    std::smatch match;
    for (std::string line; std::getline(file, line);) {
        if (line == "namespace detail {")
            while (line != "}  // namespace detail") REQUIRE(std::getline(file, line));
        if (std::regex_search(line, match, inner_namespace) && match[1] != "xgrad")
            space = match[1].str() + "::";
        if (line.starts_with("}  // namespace")) space.clear();
        if (std::regex_search(line, match, module)) headers.always.insert(match[1].str() + "::forward");
        if (std::regex_search(line, match, optimizer))
            headers.always.insert(match[1].str() + "::" + match[1].str());
        if (std::regex_search(line, match, scope) && line.back() == '{') class_name = match[2].str() + "::";
        if (line == "};") class_name.clear();
        if (line.find("///") != std::string::npos) {
            for (std::sregex_iterator it(line.begin(), line.end(), thrown), end; it != end; ++it)
                types.insert(error_types.at((*it)[1]));
        } else if (!types.empty() && line.find("template <") == std::string::npos) {
            REQUIRE_MESSAGE(std::regex_search(line, match, name),
                            path << ": no function below a comment with @throws: " << line);
            headers.documented[space + class_name + match[1].str()].merge(types);
            types.clear();
        }
    }
}

Headers read_headers() {
    Headers headers;
    for (const char* folder : {"autograd", "autograd/ops", "nn", "nn/layers", "nn/metrics", "optim"})
        for (const auto& entry :
             std::filesystem::directory_iterator(std::filesystem::path(XGRAD_SOURCE_DIR) / folder))
            if (entry.path().extension() == ".hpp" && entry.path().filename() != "state.hpp")
                read(entry.path(), headers);
    for (const char* file : {"cifar100.hpp", "csv.hpp", "dataset.hpp", "split.hpp"})
        read(std::filesystem::path(XGRAD_SOURCE_DIR) / "data" / file, headers);
    return headers;
}

}  // namespace

TEST_CASE("invalid input: every op refuses it, with the right type of error and the right text") {
    for (const Op& op : all_ops()) {
        CAPTURE(op.declaration);
        for (const Invalid& row : op.invalid) check(row);
        for (const Invalid& row : of_any_op(op)) check(row);
    }
}

TEST_CASE("invalid input: so do Tensors, tapes, modules, metrics, optimizers and schedules") {
    for (const Refusals& refusals : all_refusals()) {
        CAPTURE(refusals.function);
        for (const Invalid& row : refusals.rows) check(row);
    }
}

TEST_CASE(
    "invalid input: every error that a header documents has a row, and so has every module, optimizer and schedule") {
    std::map<std::string, std::set<std::type_index>> in_table;
    for (const Refusals& refusals : all_refusals()) {
        CHECK_MESSAGE(!in_table.contains(refusals.function), refusals.function << " has two entries");
        for (const Invalid& row : refusals.rows) in_table[refusals.function].insert(row.type);
    }
    for (const Op& op : all_ops())
        for (const Invalid& row : op.invalid)
            in_table[op.declaration.substr(0, op.declaration.find('('))].insert(row.type);
    const Headers headers = read_headers();
    CHECK(headers.documented.size() > 50);
    CHECK(headers.always.size() >= 7);
    for (const auto& documented : headers.documented)
        for (const auto& error : error_types)
            CHECK_MESSAGE((!documented.second.contains(error.second) ||
                           in_table[documented.first].contains(error.second)),
                          documented.first
                              << ": no row with a " << error.first
                              << ", which its header documents; see tests/support/registry/invalid.hpp");
    for (const std::string& function : headers.always)
        CHECK_MESSAGE(!in_table[function].empty(),
                      function << ": no row; see tests/support/registry/invalid.hpp");
}

TEST_CASE("invalid input: an op that takes more than a Tensor and a number has rows of its own") {
    static const std::regex takes_anything(
        "[^(]*\\((Tensor|Tensor, double|double, Tensor|Tensor, Approximate)\\)");
    for (const Op& op : all_ops())
        CHECK_MESSAGE((!op.invalid.empty() || std::regex_match(op.declaration, takes_anything)),
                      op.declaration << " has no invalid input");
}
