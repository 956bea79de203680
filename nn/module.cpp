#include <xgrad/nn/module.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <ostream>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

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
};

// Everything that a module and the modules inside it list, depth first. A module's own state comes before
// that of its children.
template <class T>
class Listing final : public StateVisitor<T> {
public:
    std::vector<Part<T>> parts;
    std::vector<State<T>> state;

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
    void child(std::string_view name, Module<T>& module) override {
        parts[visited_].is_leaf = false;
        parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(next_child_++), {path(name) + ".", &module});
    }

    std::string path(std::string_view name) const { return parts[visited_].prefix + std::string(name); }

    std::size_t visited_ = 0, next_child_ = 0;
};

// A module during its call. Names are looked up only if an error is reported.
template <class T>
class Call final : public ErrorScope {
public:
    explicit Call(Module<T>& module) : module_(module) {}

    std::string path() const override { return prefix() + module_.kind(); }

private:
    std::string prefix() const {
        const auto* caller = dynamic_cast<const Call*>(this->outer());
        std::string prefix = module_.name().empty() ? "" : module_.name() + ".";
        if (!caller) return prefix;
        for (const Part<T>& part : Listing<T>(caller->module_).parts)
            if (part.module == &module_) prefix = part.prefix;
        return caller->prefix() + prefix;
    }

    Module<T>& module_;
};

}  // namespace

template <class T>
Tensor<T> Module<T>::operator()(const Tensor<T>& x) {
    const Call<T> call(*this);
    return forward(x);
}

template <class T>
void Module<T>::set_training(bool training) {
    for (const Part<T>& part : Listing<T>(*this).parts) part.module->training_ = training;
}

template <class T>
std::vector<Parameter<T>> Module<T>::parameters() {
    std::vector<Parameter<T>> all;
    for (const auto& [part, name, value, decay] : Listing<T>(*this).state)
        if (decay) all.push_back({name, *std::get<Tensor<T>*>(value), *decay});
    return all;
}

template <class T>
std::size_t Module<T>::parameter_count() const {
    std::size_t count = 0;
    for (const State<T>& state : Listing<T>(*this).state)
        if (state.decay) count += std::get<Tensor<T>*>(state.value)->size();
    return count;
}

template <class T>
void Module<T>::zero_grad() {
    // Uses no Listing, which would allocate in every training step.
    struct : StateVisitor<T> {
        void parameter(std::string_view, Tensor<T>& tensor, Decay) override { tensor.zero_grad(); }
        void buffer(std::string_view, Tensor<T>&) override {}
        void buffer(std::string_view, std::int64_t&) override {}
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
void Module<T>::load_state_dict(const StateDict<T>& state) {
    const Listing<T> listing(*this);
    std::vector<std::string> problems;
    std::set<std::string> known;
    for (const auto& [part, name, value, decay] : listing.state) {
        const auto found = state.find(name);
        const auto* tensor = std::get_if<Tensor<T>*>(&value);
        const auto* array = found == state.end() ? nullptr : std::get_if<Array<T>>(&found->second);
        if (!known.insert(name).second)
            problems.push_back(fmt::format("visit lists {} twice", name));
        else if (found == state.end())
            problems.push_back(fmt::format("missing {}", name));
        else if (tensor && !array)
            problems.push_back(fmt::format("{}: expected an array, got an integer", name));
        else if (!tensor && array)
            problems.push_back(fmt::format("{}: expected an integer, got an array of shape {}", name,
                                           to_string(array->shape())));
        else if (tensor && array->shape() != (*tensor)->shape())
            problems.push_back(fmt::format("{}: expected shape {}, got {}", name,
                                           to_string((*tensor)->shape()), to_string(array->shape())));
    }
    for (const auto& [name, value] : state)
        if (!known.contains(name)) problems.push_back(fmt::format("unexpected {}", name));
    if (!problems.empty())
        fail<StateError>("load_state_dict", fmt::format("nothing was loaded: {}", fmt::join(problems, "; ")));
    for (const auto& [part, name, value, decay] : listing.state)
        if (const auto* tensor = std::get_if<Tensor<T>*>(&value))
            (*tensor)->assign(std::get<Array<T>>(state.at(name)));
        else
            *std::get<std::int64_t*>(value) = std::get<std::int64_t>(state.at(name));
}

template <class T>
void Module<T>::copy_from(const Module& original) {
    const Listing<T> to(*this), from(original);
    if (to.parts.size() != from.parts.size())
        fail<StateError>("copy_from", fmt::format("expected {} modules, as in this one, got {}",
                                                  to.parts.size(), from.parts.size()));
    load_state_dict(original.state_dict());
    for (std::size_t i = 0; i < to.parts.size(); ++i) {
        to.parts[i].module->name_ = from.parts[i].module->name_;
        to.parts[i].module->training_ = from.parts[i].module->training_;
    }
    for (std::size_t i = 0; i < to.state.size(); ++i)
        if (to.state[i].decay)
            std::get<Tensor<T>*>(to.state[i].value)
                ->set_requires_grad(std::get<Tensor<T>*>(from.state[i].value)->requires_grad()
                                        ? RequiresGrad::yes
                                        : RequiresGrad::no);
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
    for (const auto& [part, name, value, decay] : listing.state) {
        if (!decay) continue;
        const Tensor<T>& tensor = *std::get<Tensor<T>*>(value);
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
    template class EvaluationMode<T>;                 \
    template std::string to_string(const Module<T>&); \
    template std::ostream& operator<<(std::ostream&, const Module<T>&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
