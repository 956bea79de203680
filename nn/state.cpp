#include <xgrad/nn/state.hpp>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/io/text.hpp>

namespace fs = std::filesystem;

namespace xgrad {
namespace {

template <class T>
std::variant<Array<T>, std::int64_t> state_entry(const std::string& name, AnyArray&& array) {
    return std::visit(
        [&]<class V>(Array<V>& values) -> std::variant<Array<T>, std::int64_t> {
            if constexpr (std::is_same_v<V, T>) {
                return std::move(values);
            } else if constexpr (std::is_same_v<V, std::int64_t>) {
                if (values.dimension() == 0) return values();
                fail<StateError>(fmt::format("{}: expected F32 or F64, or I64 of shape (), found {}",
                                             shown(name), described(array)));
            } else {
                Array<T> converted(values.shape());
                std::transform(values.data(), values.data() + values.size(), converted.data(),
                               [](V value) { return static_cast<T>(value); });
                return converted;
            }
        },
        array);
}

}  // namespace

template <class T>
NamedArrays state_arrays(const Module<T>& module) {
    NamedArrays arrays;
    StateDict<T> state = module.state_dict();
    for (auto& [name, value] : state) {
        if (const auto* counter = std::get_if<std::int64_t>(&value))
            arrays.emplace(name, Array<std::int64_t>(Shape{}, *counter));
        else
            arrays.emplace(name, std::move(std::get<Array<T>>(value)));
    }
    return arrays;
}

template <class T>
Skipped load_state_arrays(Module<T>& module, NamedArrays arrays, const LoadOptions& options) {
    StateDict<T> state;
    const StateDict<T> own = module.state_dict();
    while (!arrays.empty()) {
        auto entry = arrays.extract(arrays.begin());
        if (const auto* integers = std::get_if<Array<std::int64_t>>(&entry.mapped());
            integers && integers->dimension() > 0 && !own.contains(options.renamed(entry.key()))) {
            state.emplace(entry.key(), std::int64_t{0});  // any value, of a name that the module lacks
            continue;
        }
        auto value = state_entry<T>(entry.key(), std::move(entry.mapped()));
        state.emplace_hint(state.end(), std::move(entry.key()), std::move(value));
    }
    return module.load_state_dict(state, options);
}

template <class T>
void save_state(const fs::path& path, const Module<T>& module,
                const std::map<std::string, std::string>& metadata) {
    write_safetensors(path, {state_arrays(module), metadata});
}

template <class T>
Skipped load_state(const fs::path& path, Module<T>& module, const LoadOptions& options) {
    NamedArrays arrays = read_safetensors(path).arrays;
    try {
        return load_state_arrays(module, std::move(arrays), options);
    } catch (const StateError& error) {
        fail<StateError>("load_state", fmt::format("{}: {}", path.string(), error.what()));
    }
}

#define INSTANTIATE(T)                                                                                      \
    template NamedArrays state_arrays(const Module<T>&);                                                    \
    template Skipped load_state_arrays(Module<T>&, NamedArrays, const LoadOptions&);                        \
    template void save_state(const fs::path&, const Module<T>&, const std::map<std::string, std::string>&); \
    template Skipped load_state(const fs::path&, Module<T>&, const LoadOptions&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
