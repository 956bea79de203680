#include <xgrad/nn/module.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <ostream>
#include <set>

#include <fnmatch.h>

#include <fmt/format.h>

#include <xgrad/core/joined.hpp>

#include <xgrad/nn/observer.hpp>

namespace xgrad {
namespace {

// A module that a visit encounters.
template <class T>
struct Part {
    std::string prefix;  // of the names inside it: `encoder.3.`
    Module<T>* module;
    bool is_leaf = true;  // contains no module
};

// A parameter, buffer or counter that a visit encounters.
template <class T>
struct State {
    std::size_t part;  // the index of the module that lists it
    std::string name;  // the path from the root
    std::variant<Tensor<T>*, std::int64_t*> value;
    std::optional<Decay> decay = {};  // empty for a buffer

    Tensor<T>* tensor() const {
        const auto* found = std::get_if<Tensor<T>*>(&value);
        return found ? *found : nullptr;
    }
};

// Everything that a module and the modules inside it list, depth first. A module's own state comes before
// that of its children.
template <class T>
class Listing final : public StateVisitor<T> {
public:
    std::vector<Part<T>> parts;
    std::vector<State<T>> state;
    std::vector<std::pair<std::string, Rng*>> generators;

    // The const_cast is safe: a visit does not change the module by itself.
    explicit Listing(const Module<T>& root) : parts{{"", const_cast<Module<T>*>(&root)}} {
        for (; visited_ < parts.size(); ++visited_) {
            next_child_ = visited_ + 1;
            parts[visited_].module->visit(*this);
        }
    }

private:
    void parameter(std::string_view name, Tensor<T>& tensor, Decay decay) override {
        state.push_back({visited_, path(name), &tensor, decay});
    }
    void buffer(std::string_view name, Tensor<T>& tensor) override {
        state.push_back({visited_, path(name), &tensor});
    }
    void buffer(std::string_view name, std::int64_t& counter) override {
        state.push_back({visited_, path(name), &counter});
    }
    void generator(std::string_view name, Rng& rng) override { generators.emplace_back(path(name), &rng); }
    void child(std::string_view name, Module<T>& module) override {
        parts[visited_].is_leaf = false;
        parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(next_child_++), {path(name) + ".", &module});
    }

    std::string path(std::string_view name) const { return parts[visited_].prefix + std::string(name); }

    std::size_t visited_ = 0, next_child_ = 0;
};

// For each state the index of the first that is the same Tensor: its own, unless weights are tied.
template <class T>
std::vector<std::size_t> first_of_tied(const std::vector<State<T>>& state) {
    std::vector<std::size_t> first(state.size());
    for (std::size_t i = 0; i < state.size(); ++i)
        for (first[i] = 0; first[i] < i; ++first[i]) {
            const Tensor<T>*a = state[first[i]].tensor(), *b = state[i].tensor();
            if (a && b && a->is_same(*b)) break;
        }
    return first;
}

// Also where an element is NaN.
template <class T>
bool has_same_bits(const std::variant<Array<T>, std::int64_t>& value, const Array<T>& array) {
    const auto* other = std::get_if<Array<T>>(&value);
    return other && other->shape() == array.shape() &&
           std::memcmp(other->data(), array.data(), array.size() * sizeof(T)) == 0;
}

}  // namespace

template <class T>
std::string ModuleScope<T>::prefix_of(const Module<T>& module, const ErrorScope* scope) {
    const auto* caller = dynamic_cast<const ModuleScope*>(scope);
    std::string prefix = module.name().empty() ? "" : module.name() + ".";
    if (!caller) return scope ? scope->path() + ": " + prefix : prefix;
    for (const Part<T>& part : Listing<T>(caller->module_).parts)  // only if an error is reported
        if (part.module == &module) prefix = part.prefix;
    return prefix_of(caller->module_, caller->outer()) + prefix;
}

template <class T>
Tensor<T> Module<T>::operator()(const Tensor<T>& x) {
    ModuleScope<T> scope(*this);
    if (!Observer<T>::innermost) return forward(x);
    return scope.output(forward(scope.inputs(x)[0]));
}

template <class T>
Tensor<T> Module<T>::call_together(const Tensor<T>& x, const Module& next) {
    if (Observer<T>::innermost) return {};  // it would not see what is between the two
    const ModuleScope<T> scope(*this);
    return forward_together(x, next);
}

template <class T>
Tensor<T> Module<T>::forward_together(const Tensor<T>&, const Module&) {
    return {};
}

template <class T>
Tensor<T> Module<T>::forward(const Tensor<T>&) {
    fail<ValueError>("this module takes other inputs than one Tensor: use its own call operator");
}

template <class T>
void Module<T>::set_training(bool training) {
    for (const Part<T>& part : Listing<T>(*this).parts) part.module->training_ = training;
}

template <class T>
std::vector<Parameter<T>> Module<T>::parameters() {
    const Listing<T> listing(*this);
    const std::vector<std::size_t> first = first_of_tied(listing.state);
    std::vector<Parameter<T>> all;
    for (std::size_t i = 0; i < first.size(); ++i) {
        const State<T>& state = listing.state[i];
        if (state.decay && first[i] == i) all.push_back({state.name, *state.tensor(), *state.decay});
    }
    return all;
}

template <class T>
std::size_t Module<T>::parameter_count() const {
    std::size_t count = 0;
    for (const auto& parameter : const_cast<Module*>(this)->parameters()) count += parameter.tensor.size();
    return count;
}

template <class T>
std::vector<std::pair<std::string, Module<T>*>> Module<T>::modules() {
    std::vector<std::pair<std::string, Module*>> all;
    for (const auto& [prefix, module, is_leaf] : Listing<T>(*this).parts)
        all.emplace_back(prefix.substr(0, prefix.size() - !prefix.empty()), module);
    return all;
}

template <class T>
std::vector<std::pair<std::string, Rng*>> Module<T>::generators() {
    return Listing<T>(*this).generators;
}

template <class T>
std::vector<std::string> Module<T>::set_requires_grad(RequiresGrad requires_grad,
                                                      const std::string& pattern) {
    std::vector<std::string> names;
    for (auto& [name, tensor, decay] : parameters()) {
        if (fnmatch(pattern.c_str(), name.c_str(), 0) != 0) continue;
        tensor.set_requires_grad(requires_grad);
        names.push_back(name);
    }
    if (names.empty())
        fail<ValueError>("set_requires_grad", fmt::format("no parameter has a name like '{}'", pattern));
    return names;
}

template <class T>
void Module<T>::zero_grad() {
    // Uses no Listing, which would allocate in every training step.
    struct : StateVisitor<T> {
        void parameter(std::string_view, Tensor<T>& tensor, Decay) override { tensor.zero_grad(); }
        void buffer(std::string_view, Tensor<T>&) override {}
        void buffer(std::string_view, std::int64_t&) override {}
        void generator(std::string_view, Rng&) override {}
        void child(std::string_view, Module& module) override { module.visit(*this); }
    } visitor;
    visit(visitor);
}

template <class T>
StateDict<T> Module<T>::state_dict() const {
    StateDict<T> state;
    for (const auto& [part, name, value, decay] : Listing<T>(*this).state) {
        const auto* tensor = std::get_if<Tensor<T>*>(&value);
        const bool is_new = tensor ? state.emplace(name, (*tensor)->value()).second
                                   : state.emplace(name, *std::get<std::int64_t*>(value)).second;
        if (!is_new) fail<StateError>("state_dict", fmt::format("visit lists {} twice", name));
    }
    return state;
}

template <class T>
Skipped Module<T>::load_state_dict(const StateDict<T>& given, const LoadOptions& options) {
    std::map<std::string, const std::variant<Array<T>, std::int64_t>*> state;
    std::vector<std::string> problems;
    const auto problem = [&](std::string text) { problems.push_back(std::move(text)); };
    for (const auto& [name, value] : given) {
        const std::string renamed = options.renamed(name);
        if (!state.emplace(renamed, &value).second) problem("renamed, two entries are " + renamed);
    }
    const Listing<T> listing(*this);
    const std::vector<std::size_t> first = first_of_tied(listing.state);
    std::set<std::string> known;
    Skipped skipped;
    for (std::size_t i = 0; i < first.size(); ++i) {
        const State<T>& own = listing.state[i];
        const auto found = state.find(own.name);
        const auto* array = found == state.end() ? nullptr : std::get_if<Array<T>>(found->second);
        if (!known.insert(own.name).second) {
            problem(fmt::format("visit lists {} twice", own.name));
        } else if (found == state.end()) {
            skipped.missing.push_back(own.name);
            if (!options.allow_missing) problem("missing " + own.name);
        } else if (own.tensor() && !own.tensor()->is_leaf()) {
            problem(own.name + ": is the result of a recorded op: detach() it");
        } else if (own.tensor() && !array) {
            problem(own.name + ": expected an array, got an integer");
        } else if (!own.tensor() && array) {
            problem(fmt::format("{}: expected an integer, got an array of shape {}", own.name,
                                to_string(array->shape())));
        } else if (array && array->shape() != own.tensor()->shape()) {
            problem(fmt::format("{}: expected shape {}, got {}", own.name, to_string(own.tensor()->shape()),
                                to_string(array->shape())));
        } else if (const auto tied = state.find(listing.state[first[i]].name);
                   first[i] != i && tied != state.end() && !has_same_bits(*tied->second, *array)) {
            problem(fmt::format("{} and {} are tied, but their values differ", tied->first, own.name));
        }
    }
    for (const auto& [name, value] : state)
        if (!known.contains(name)) {
            skipped.unexpected.push_back(name);
            if (!options.allow_unexpected) problem(fmt::format("unexpected {}", name));
        }
    if (!problems.empty())
        fail<StateError>("load_state_dict", fmt::format("nothing was loaded: {}", joined(problems, "; ")));
    for (const State<T>& own : listing.state) {
        const auto found = state.find(own.name);
        if (found == state.end()) continue;
        if (Tensor<T>* tensor = own.tensor())
            tensor->assign(std::get<Array<T>>(*found->second));
        else
            *std::get<std::int64_t*>(own.value) = std::get<std::int64_t>(*found->second);
    }
    return skipped;
}

template <class T>
void Module<T>::copy_from(const Module& original) {
    const Listing<T> to(*this), from(original);
    if (to.parts.size() != from.parts.size())
        fail<StateError>("copy_from", fmt::format("expected {} modules, as in this one, got {}",
                                                  to.parts.size(), from.parts.size()));
    const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (!std::ranges::equal(to.generators, from.generators, same_name))
        fail<StateError>("copy_from", "the generators have other names than those of this module");
    load_state_dict(original.state_dict());
    for (std::size_t i = 0; i < to.parts.size(); ++i) {
        to.parts[i].module->name_ = from.parts[i].module->name_;
        to.parts[i].module->training_ = from.parts[i].module->training_;
    }
    const std::vector<std::size_t> first = first_of_tied(from.state);
    for (const State<T>& own : to.state) {
        if (!own.decay) continue;
        const auto at = static_cast<std::size_t>(std::ranges::find(from.state, own.name, &State<T>::name) -
                                                 from.state.begin());
        *own.tensor() = *std::ranges::find(to.state, from.state[first[at]].name, &State<T>::name)->tensor();
        own.tensor()->set_requires_grad(from.state[at].tensor()->requires_grad() ? RequiresGrad::yes
                                                                                 : RequiresGrad::no);
    }
    for (std::size_t i = 0; i < to.generators.size(); ++i)
        *to.generators[i].second = *from.generators[i].second;
}

template <class T>
EvaluationMode<T>::EvaluationMode(Module<T>& net) {
    for (const Part<T>& part : Listing<T>(net).parts)
        before_.emplace_back(part.module, part.module->is_training());
    net.eval();
}

template <class T>
EvaluationMode<T>::~EvaluationMode() {
    for (const auto& [module, was_training] : before_) module->training_ = was_training;
}

template <class T>
std::string to_string(const Module<T>& module) {
    struct Row {
        std::string name, what, shapes;
        std::size_t count;
        bool is_leaf;
    };
    const Listing<T> listing(module);
    std::vector<Row> rows;
    for (const auto& [prefix, part, is_leaf] : listing.parts)
        rows.push_back({prefix.substr(0, prefix.size() - !prefix.empty()), part->describe(), "", 0, is_leaf});
    const std::vector<std::size_t> first = first_of_tied(listing.state);
    for (std::size_t i = 0; i < first.size(); ++i) {
        const auto& [part, name, value, decay] = listing.state[i];
        if (!decay || first[i] != i) continue;
        const Tensor<T>& tensor = *listing.state[i].tensor();
        rows[part].shapes +=
            fmt::format("{}{} {}", rows[part].shapes.empty() ? "" : ", ",
                        name.substr(listing.parts[part].prefix.size()), to_string(tensor.shape()));
        rows[part].count += tensor.size();
    }
    std::erase_if(rows, [](const Row& row) { return !row.is_leaf && row.count == 0; });
    std::size_t name_width = 0, what_width = 0, shapes_width = 0;
    for (const Row& row : rows) {
        name_width = std::max(name_width, row.name.size());
        what_width = std::max(what_width, row.what.size());
        shapes_width = std::max(shapes_width, row.shapes.size());
    }
    std::string text = module.kind() + "\n";
    for (const Row& row : rows)
        text += fmt::format("  {:{}}  {:{}}  {:{}}  {:>9}\n", row.name, name_width, row.what, what_width,
                            row.shapes, shapes_width, row.count ? std::to_string(row.count) : "-");
    return text + fmt::format("  {} parameters\n", module.parameter_count());
}

template <class T>
std::ostream& operator<<(std::ostream& out, const Module<T>& module) {
    return out << to_string(module);
}

#define INSTANTIATE(T)                                \
    template class Module<T>;                         \
    template class ModuleScope<T>;                    \
    template class EvaluationMode<T>;                 \
    template std::string to_string(const Module<T>&); \
    template std::ostream& operator<<(std::ostream&, const Module<T>&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
