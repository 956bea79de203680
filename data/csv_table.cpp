#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <system_error>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>
#include <xgrad/data/csv.hpp>
#include <xgrad/io/byte_reader.hpp>
#include <xgrad/io/text.hpp>

namespace xgrad {
namespace {

// The first of them, quoted.
std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t most = 20;
    std::vector<std::string> some;
    for (std::size_t i = 0; i < std::min(most, names.size()); ++i) some.push_back(shown(names[i]));
    return fmt::format("{}{}", joined(some, ", "),
                       names.size() > most ? fmt::format(" and {} more", names.size() - most) : "");
}

// The text without spaces around it, and without a plus sign, which std::from_chars does not take.
std::string_view number_in(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    text = text.substr(first, text.find_last_not_of(" \t") + 1 - first);
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    return text;
}

// Whether all of `text` is a number of the type of `value`.
template <class T>
bool parse(std::string_view text, T& value, std::errc& error) {
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    error = status;
    return end == text.data() + text.size() && status != std::errc::invalid_argument;
}

// Parses a number; returns what was expected instead, or nothing.
std::string_view read(std::string_view text, std::int32_t& value) {
    std::errc error{};
    return parse(number_in(text), value, error) && error == std::errc{} ? "" : "an integer of 32 bits";
}

template <class T>
std::string_view read(std::string_view text, T& value) {
    std::errc error{};
    text = number_in(text);
    if (!parse(text, value, error)) return "a number";
    if (error == std::errc::result_out_of_range) {  // too large, or so small that it rounds to 0
        long double wide = 0;
        if (!parse(text, wide, error) || error != std::errc{} || std::abs(wide) > 1)
            return std::is_same_v<T, float> ? "a number in the range of float"
                                            : "a number in the range of double";
        value = static_cast<T>(wide);
    }
    return std::isfinite(value) ? "" : "a finite number";
}

}  // namespace

std::size_t CsvTable::find(std::string_view op, std::string_view name) const {
    const auto found = places_.find(name);
    if (found == places_.end())
        fail<ValueError>(op, fmt::format("{}: there is no column {}; there are {}", file_.string(),
                                         shown(name), listed(columns_)));
    return found->second;
}

std::string_view CsvTable::field(std::size_t row, std::size_t column) const noexcept {
    const std::size_t* bounds = &cells_.bounds[(first_row_ + row) * columns_.size() + column];
    return std::string_view(cells_.text).substr(bounds[0], bounds[1] - bounds[0]);
}

void CsvTable::fail_at(std::string_view op, std::size_t row, std::size_t column,
                       std::string_view expected) const {
    const std::string_view found = field(row, column);
    fail_in_file(op, file_,
                 fmt::format("line {}, column {} ({})", cells_.lines[first_row_ + row], column + 1,
                             shown(columns_[column])),
                 expected, found.empty() ? "an empty field" : shown(found));
}

std::vector<std::string> CsvTable::columns_except(const std::vector<std::string>& names) const {
    std::vector<bool> left_out(columns_.size());
    for (const std::string& name : names) left_out[find("CsvTable::columns_except", name)] = true;
    std::vector<std::string> others;
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (!left_out[i]) others.push_back(columns_[i]);
    return others;
}

template <class T>
Array<T> CsvTable::numbers(std::string_view op, const std::vector<std::size_t>& columns,
                           const Shape& shape) const {
    Array<T> values(shape);
    T* value = values.data();
    for (std::size_t row = 0; row < rows(); ++row)
        for (const std::size_t column : columns)
            if (const std::string_view expected = read(field(row, column), *value++); !expected.empty())
                fail_at(op, row, column, expected);
    return values;
}

template <class T>
Array<T> CsvTable::features(const std::vector<std::string>& names) const {
    constexpr std::string_view op = "CsvTable::features";
    if (names.empty()) fail<ValueError>(op, "expected the name of at least one column");
    std::vector<std::size_t> columns(names.size());
    std::transform(names.begin(), names.end(), columns.begin(),
                   [&](const std::string& name) { return find(op, name); });
    return numbers<T>(op, columns, {rows(), columns.size()});
}

template <class T>
Array<T> CsvTable::column(std::string_view name) const {
    constexpr std::string_view op = "CsvTable::column";
    return numbers<T>(op, {find(op, name)}, {rows()});
}

Indices CsvTable::integers(std::string_view name) const {
    constexpr std::string_view op = "CsvTable::integers";
    return Indices(numbers<std::int32_t>(op, {find(op, name)}, {rows()}));
}

ClassLabels CsvTable::labels(std::string_view name) const {
    constexpr std::string_view op = "CsvTable::labels";
    const std::size_t column = find(op, name);
    std::set<std::string_view> distinct;
    for (std::size_t row = 0; row < rows(); ++row) {
        if (field(row, column).empty()) fail_at(op, row, column, "the name of a class");
        distinct.insert(field(row, column));
    }
    std::vector<std::string> classes(distinct.begin(), distinct.end());
    return {labels(name, classes), std::move(classes)};
}

Indices CsvTable::labels(std::string_view name, const std::vector<std::string>& classes) const {
    constexpr std::string_view op = "CsvTable::labels";
    const std::size_t column = find(op, name);
    std::map<std::string_view, std::int32_t> numbers;
    for (const std::string& text : classes)
        if (!numbers.emplace(text, static_cast<std::int32_t>(numbers.size())).second)
            fail<ValueError>(op, fmt::format("the class {} is listed twice", shown(text)));
    Array<std::int32_t> values(Shape{rows()});
    for (std::size_t row = 0; row < rows(); ++row) {
        const auto found = numbers.find(field(row, column));
        if (found == numbers.end())
            fail_at(op, row, column, fmt::format("one of the classes {}", listed(classes)));
        values.data()[row] = found->second;
    }
    return Indices(std::move(values));
}

std::string_view CsvTable::text(std::size_t row, std::string_view name) const {
    constexpr std::string_view op = "CsvTable::text";
    const std::size_t column = find(op, name);
    if (row >= rows())
        fail<ValueError>(op, fmt::format("{}: row {} is outside its {} rows", file_.string(), row, rows()));
    return field(row, column);
}

template Array<float> CsvTable::features<float>(const std::vector<std::string>&) const;
template Array<double> CsvTable::features<double>(const std::vector<std::string>&) const;
template Array<float> CsvTable::column<float>(std::string_view) const;
template Array<double> CsvTable::column<double>(std::string_view) const;

}  // namespace xgrad
