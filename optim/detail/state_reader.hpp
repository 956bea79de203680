#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>
#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>
#include <xgrad/io/safetensors.hpp>

namespace xgrad::detail {

/// Takes arrays by name out of a state that is to be loaded, and collects what is wrong with it.
class StateReader {
public:
    explicit StateReader(NamedArrays arrays) : arrays_(std::move(arrays)) {}

    /// Whether an array of that name is left.
    bool contains(const std::string& name) const { return arrays_.contains(name); }

    /// The array of that name if `fits` accepts it; otherwise it is wrong, and something else is returned.
    template <class V>
    Array<V> take(const std::string& name, const auto& fits, std::string_view expected) {
        auto entry = arrays_.extract(name);
        auto* array = entry.empty() ? nullptr : std::get_if<Array<V>>(&entry.mapped());
        if (array && fits(*array)) return std::move(*array);
        problems_.push_back(entry.empty() ? fmt::format("missing {}", name)
                                          : fmt::format("{}: expected {}", name, expected));
        return Array<V>(Shape{}, V{0});
    }

    /// The number of that name, which has to be finite and not negative.
    template <class V>
    V take_number(const std::string& name) {
        const auto fits = [](const Array<V>& array) {
            return array.dimension() == 0 && is_not_negative(static_cast<double>(array()));
        };
        return take<V>(name, fits,
                       std::is_same_v<V, double>  ? "a finite F64 of shape () that is not negative"
                       : std::is_same_v<V, float> ? "a finite F32 of shape () that is not negative"
                                                  : "an I64 of shape () that is not negative")();
    }

    /// @throws StateError  lists what was wrong, and what is left.
    void finish(std::string_view op) {
        for (const auto& [name, array] : arrays_) problems_.push_back(fmt::format("unexpected {}", name));
        if (!problems_.empty())
            fail<StateError>(op, fmt::format("nothing was loaded: {}", joined(problems_, "; ")));
    }

private:
    NamedArrays arrays_;
    std::vector<std::string> problems_;
};

}  // namespace xgrad::detail
