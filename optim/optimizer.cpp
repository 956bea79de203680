#include <xgrad/optim/optimizer.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>
#include <xgrad/optim/detail/apply.hpp>
#include <xgrad/optim/detail/state_reader.hpp>

namespace xgrad {
template <class T>
Optimizer<T>::Optimizer(std::vector<Parameter<T>> parameters, Definition definition)
    : definition_(std::move(definition)) {
    set_learning_rate(definition_.learning_rate);
    add_group(std::move(parameters), {});
}

template <class T>
void Optimizer<T>::set_learning_rate(double learning_rate) {
    detail::check_not_negative("Optimizer", "the learning rate", learning_rate);
    learning_rate_ = learning_rate;
}

template <class T>
void Optimizer<T>::add_group(std::vector<Parameter<T>> parameters, const GroupOptions& options) {
    const std::string& name = definition_.name;
    check(options);
    std::vector<Slot> slots = slots_;
    for (Parameter<T>& parameter : parameters) {
        if (!parameter.tensor.defined())
            fail<ValueError>(name, fmt::format("parameter {} is undefined", parameter.name));
        if (!parameter.tensor.is_leaf())
            fail<ValueError>(name, fmt::format("parameter {} is no leaf, but the result of a recorded op",
                                               parameter.name));
        for (const Slot& slot : slots) {
            if (slot.parameter.tensor.is_same(parameter.tensor))
                fail<ValueError>(name, fmt::format("parameter {} is given twice", parameter.name));
            if (slot.parameter.name == parameter.name)
                fail<ValueError>(
                    name,
                    fmt::format(
                        "two parameters are named {}, and a state could not tell them apart: make their modules children of one, or rename one",
                        parameter.name));
        }
        set_options(slots.emplace_back(Slot{std::move(parameter), 0, 1, {}}), options);
    }
    slots_ = std::move(slots);
}

template <class T>
std::size_t Optimizer<T>::set_options(const std::function<bool(const Parameter<T>&)>& chosen,
                                      const GroupOptions& options) {
    check(options);
    std::size_t count = 0;
    for (Slot& slot : slots_) {
        if (!chosen(slot.parameter)) continue;
        set_options(slot, options);
        ++count;
    }
    if (count == 0) fail<ValueError>(definition_.name, "set_options: no parameter is chosen");
    return count;
}

template <class T>
void Optimizer<T>::check(const GroupOptions& options) const {
    detail::check_not_negative(definition_.name, "weight_decay",
                               options.weight_decay.value_or(definition_.weight_decay));
    detail::check_not_negative(definition_.name, "learning_rate_scale", options.learning_rate_scale);
}

template <class T>
void Optimizer<T>::set_options(Slot& slot, const GroupOptions& options) const {
    const double weight_decay = options.weight_decay.value_or(definition_.weight_decay);
    slot.weight_decay = slot.parameter.decay == Decay::yes ? weight_decay : 0;
    slot.learning_rate_scale = options.learning_rate_scale;
}

template <class T>
void Optimizer<T>::step() {
    for (auto& [parameter, weight_decay, learning_rate_scale, kept] : slots_) {
        Tensor<T>& w = parameter.tensor;
        if (!w.has_grad()) continue;
        if (kept.arrays.size() < definition_.arrays.size())
            kept.arrays.resize(definition_.arrays.size(), Array<T>(w.shape(), T{0}));
        kept.scalars.resize(definition_.scalars.size());
        const double learning_rate = learning_rate_ * learning_rate_scale, decay = weight_decay;
        w.update([&, &kept = kept](Array<T>& values) {
            const std::size_t rows = detail::matrix_rows(values);
            update({values, w.grad().value(), learning_rate, decay, kept.arrays, kept.scalars, rows,
                    values.size() / rows});
        });
        for (std::size_t i = 0; i < kept.scalars.size(); ++i)  // or what is saved could not be loaded
            detail::check_not_negative(definition_.name, definition_.scalars[i], kept.scalars[i]);
    }
}

template <class T>
NamedArrays Optimizer<T>::state_arrays() const {
    NamedArrays arrays{{"learning_rate", Array<double>(Shape{}, learning_rate_)}};
    for (const Slot& slot : slots_) {
        const std::string& parameter = slot.parameter.name;
        const auto add = [&](const std::string& name, AnyArray array) {
            arrays.emplace(fmt::format("{}.{}", parameter, name), std::move(array));
        };
        for (std::size_t i = 0; i < slot.kept.arrays.size(); ++i)
            add(definition_.arrays[i], slot.kept.arrays[i]);
        for (std::size_t i = 0; i < slot.kept.scalars.size(); ++i)
            add(definition_.scalars[i], Array<float>(Shape{}, slot.kept.scalars[i]));
    }
    return arrays;
}

template <class T>
void Optimizer<T>::load_state_arrays(NamedArrays arrays) {
    detail::StateReader reader(std::move(arrays));
    const auto learning_rate = reader.take_number<double>("learning_rate");
    std::vector<Kept> loaded(slots_.size());
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        const auto& [parameter, tensor, decay] = slots_[i].parameter;
        const std::string prefix = parameter + ".";
        const auto is_there = [&](const std::string& name) { return reader.contains(prefix + name); };
        if (std::ranges::none_of(definition_.arrays, is_there) &&
            std::ranges::none_of(definition_.scalars, is_there))
            continue;  // this parameter has had no gradient yet
        const Shape& shape = tensor.shape();
        const std::string expected =
            fmt::format("the dtype and the shape {} of its parameter", to_string(shape));
        const auto fits = [&](const Array<T>& array) { return array.shape() == shape; };
        for (const std::string& name : definition_.arrays)
            loaded[i].arrays.push_back(reader.take<T>(prefix + name, fits, expected));
        for (const std::string& name : definition_.scalars)
            loaded[i].scalars.push_back(reader.take_number<float>(prefix + name));
    }
    reader.finish(definition_.name);
    set_learning_rate(learning_rate);
    for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].kept = std::move(loaded[i]);
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace xgrad
