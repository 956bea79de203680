#include <xgrad/nn/module.hpp>

#include <algorithm>
#include <functional>
#include <ostream>
#include <set>
#include <type_traits>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace xgrad {
namespace {

// One callback for each kind of state; what is left empty is passed over.
template <class T>
struct Visitor final : StateVisitor<T> {
    std::function<void(std::string_view, Tensor<T>&, Decay)> on_parameter;
    std::function<void(std::string_view, Tensor<T>&)> on_buffer;
    std::function<void(std::string_view, std::int64_t&)> on_counter;
    std::function<void(std::string_view, Module<T>&)> on_child;

    void parameter(std::string_view name, Tensor<T>& tensor, Decay decay) override {
        if (on_parameter) on_parameter(name, tensor, decay);
    }
    void buffer(std::string_view name, Tensor<T>& tensor) override {
        if (on_buffer) on_buffer(name, tensor);
    }
    void buffer(std::string_view name, std::int64_t& counter) override {
        if (on_counter) on_counter(name, counter);
    }
    void child(std::string_view name, Module<T>& module) override {
        if (on_child) on_child(name, module);
    }
};

// Calls `each(prefix, module)` for the module and all inside it, depth first. A visit changes nothing by
// itself.
template <class T, class F>
void for_each_module(const Module<T>& root, const F& each, const std::string& prefix = "") {
    auto& module = const_cast<Module<T>&>(root);
    each(prefix, module);
    Visitor<T> visitor;
    visitor.on_child = [&](std::string_view name, Module<T>& child) {
        for_each_module(child, each, fmt::format("{}{}.", prefix, name));
    };
    module.visit(visitor);
}

// The callbacks of `visitor` for all state, with whole names.
template <class T>
void for_all_state(const Module<T>& root, const Visitor<T>& visitor) {
    for_each_module(root, [&](const std::string& prefix, Module<T>& module) {
        Visitor<T> prefixed;
        if (visitor.on_parameter)
            prefixed.on_parameter = [&](std::string_view name, Tensor<T>& tensor, Decay decay) {
                visitor.on_parameter(prefix + std::string(name), tensor, decay);
            };
        if (visitor.on_buffer)
            prefixed.on_buffer = [&](std::string_view name, Tensor<T>& tensor) {
                visitor.on_buffer(prefix + std::string(name), tensor);
            };
        if (visitor.on_counter)
            prefixed.on_counter = [&](std::string_view name, std::int64_t& counter) {
                visitor.on_counter(prefix + std::string(name), counter);
            };
        module.visit(prefixed);
    });
}

// A module that is being called. Names are looked up only when an error is reported.
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
        for_each_module(caller->module_, [&](const std::string& inside, const Module<T>& module) {
            if (&module == &module_) prefix = inside;
        });
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
    for_each_module(*this, [training](const std::string&, Module& module) { module.training_ = training; });
}

template <class T>
std::vector<Parameter<T>> Module<T>::parameters() {
    std::vector<Parameter<T>> all;
    Visitor<T> visitor;
    visitor.on_parameter = [&](std::string_view name, Tensor<T>& tensor, Decay decay) {
        all.push_back({std::string(name), tensor, decay});
    };
    for_all_state(*this, visitor);
    return all;
}

template <class T>
std::size_t Module<T>::parameter_count() const {
    std::size_t count = 0;
    Visitor<T> visitor;
    visitor.on_parameter = [&](std::string_view, Tensor<T>& tensor, Decay) { count += tensor.size(); };
    for_all_state(*this, visitor);
    return count;
}

template <class T>
void Module<T>::zero_grad() {
    // Without names, which would be built anew in every training step.
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
    const auto add = [&](std::string_view name, const auto& value) {
        if (!state.emplace(std::string(name), value).second)
            throw StateError(fmt::format("state_dict: visit lists {} twice", name));
    };
    Visitor<T> visitor;
    visitor.on_parameter = [&](std::string_view name, Tensor<T>& tensor, Decay) {
        add(name, tensor.value());
    };
    visitor.on_buffer = [&](std::string_view name, Tensor<T>& tensor) { add(name, tensor.value()); };
    visitor.on_counter = [&](std::string_view name, std::int64_t& counter) { add(name, counter); };
    for_all_state(*this, visitor);
    return state;
}

template <class T>
void Module<T>::load_state_dict(const StateDict<T>& state) {
    std::vector<std::string> problems;
    std::vector<std::function<void()>> changes;
    std::set<std::string, std::less<>> known;
    const auto find = [&]<class V>(std::string_view name, std::type_identity<V>) -> const V* {
        const auto [place, is_new] = known.emplace(name);
        const auto entry = state.find(*place);
        if (!is_new) {
            problems.push_back(fmt::format("visit lists {} twice", name));
        } else if (entry == state.end()) {
            problems.push_back(fmt::format("missing {}", name));
        } else if (const V* value = std::get_if<V>(&entry->second)) {
            return value;
        } else if (const auto* array = std::get_if<Array<T>>(&entry->second)) {
            problems.push_back(fmt::format("{}: expected an integer, got an array of shape {}", name,
                                           to_string(array->shape())));
        } else {
            problems.push_back(fmt::format("{}: expected an array, got an integer", name));
        }
        return nullptr;
    };
    Visitor<T> visitor;
    visitor.on_buffer = [&](std::string_view name, Tensor<T>& tensor) {
        const auto* value = find(name, std::type_identity<Array<T>>{});
        if (!value) return;
        if (value->shape() != tensor.shape())
            problems.push_back(fmt::format("{}: expected shape {}, got {}", name, to_string(tensor.shape()),
                                           to_string(value->shape())));
        changes.push_back([value, &tensor] { tensor.assign(*value); });
    };
    visitor.on_parameter = [&](std::string_view name, Tensor<T>& tensor, Decay) {
        visitor.on_buffer(name, tensor);
    };
    visitor.on_counter = [&](std::string_view name, std::int64_t& counter) {
        const auto* value = find(name, std::type_identity<std::int64_t>{});
        if (value) changes.push_back([value, &counter] { counter = *value; });
    };
    for_all_state(*this, visitor);
    for (const auto& [name, value] : state)
        if (!known.contains(name)) problems.push_back(fmt::format("unexpected {}", name));
    if (!problems.empty())
        throw StateError(fmt::format("load_state_dict: nothing was loaded: {}", fmt::join(problems, "; ")));
    for (const auto& change : changes) change();
}

template <class T>
void Module<T>::copy_from(const Module& original) {
    const auto modules_of = [](const Module& root) {
        std::vector<Module*> modules;
        for_each_module(root, [&](const std::string&, Module& module) { modules.push_back(&module); });
        return modules;
    };
    const std::vector<Module*> originals = modules_of(original), copies = modules_of(*this);
    if (copies.size() != originals.size())
        throw StateError(fmt::format("copy_from: expected {} modules, as in this one, got {}", copies.size(),
                                     originals.size()));
    load_state_dict(original.state_dict());
    for (std::size_t i = 0; i < copies.size(); ++i) {
        copies[i]->name_ = originals[i]->name_;
        copies[i]->training_ = originals[i]->training_;
    }
    std::vector<Parameter<T>> parameters = this->parameters(),
                              sources = const_cast<Module&>(original).parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i)
        parameters[i].tensor.set_requires_grad(sources[i].tensor.requires_grad() ? RequiresGrad::yes
                                                                                 : RequiresGrad::no);
}

template <class T>
EvaluationMode<T>::EvaluationMode(Module<T>& net) {
    for_each_module(net, [this](const std::string&, Module<T>& module) {
        before_.emplace_back(&module, module.is_training());
    });
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
    };
    std::vector<Row> rows;
    for_each_module(module, [&](const std::string& prefix, Module<T>& part) {
        Row row{prefix.empty() ? "" : prefix.substr(0, prefix.size() - 1), part.describe(), "", 0};
        bool leaf = true;
        Visitor<T> visitor;
        visitor.on_parameter = [&](std::string_view name, Tensor<T>& tensor, Decay) {
            row.shapes +=
                fmt::format("{}{} {}", row.shapes.empty() ? "" : ", ", name, to_string(tensor.shape()));
            row.count += tensor.size();
        };
        visitor.on_child = [&](std::string_view, Module<T>&) { leaf = false; };
        part.visit(visitor);
        if (leaf || row.count > 0) rows.push_back(std::move(row));
    });
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
