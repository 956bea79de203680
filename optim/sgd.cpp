#include <xgrad/optim/sgd.hpp>

#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/core/kernels/update.hpp>

namespace xgrad {
namespace {

constexpr const char* velocity_suffix = ".momentum_buffer";  // as in PyTorch

void check_not_negative(const char* name, double value) {
    if (!(value >= 0) || !std::isfinite(value))
        fail<ValueError>("SGD", fmt::format("{} must be finite and not negative, got {}", name, value));
}

}  // namespace

template <class T>
SGD<T>::SGD(std::vector<Parameter<T>> parameters, const SgdOptions& options)
    : Optimizer<T>(options.learning_rate), options_(options) {
    if (!(options.momentum >= 0 && options.momentum < 1))
        fail<ValueError>("SGD", fmt::format("momentum must lie in [0, 1), got {}", options.momentum));
    if (options.nesterov && options.momentum == 0)
        fail<ValueError>("SGD", "Nesterov's form needs a momentum above 0");
    check_not_negative("weight_decay", options.weight_decay);
    add_group(std::move(parameters), {});
}

template <class T>
void SGD<T>::add_group(std::vector<Parameter<T>> parameters, const SgdGroupOptions& options) {
    const double weight_decay = options.weight_decay.value_or(options_.weight_decay);
    check_not_negative("weight_decay", weight_decay);
    check_not_negative("learning_rate_scale", options.learning_rate_scale);
    std::vector<Slot> slots = slots_;
    for (Parameter<T>& parameter : parameters) {
        if (!parameter.tensor.defined())
            fail<ValueError>("SGD", fmt::format("parameter {} is undefined", parameter.name));
        if (!parameter.tensor.is_leaf())
            fail<ValueError>("SGD", fmt::format("parameter {} is no leaf, but the result of a recorded op",
                                                parameter.name));
        for (const Slot& slot : slots)
            if (slot.parameter.tensor.is_same(parameter.tensor))
                fail<ValueError>("SGD", fmt::format("parameter {} is given twice", parameter.name));
        const double decay = parameter.decay == Decay::yes ? weight_decay : 0;
        slots.push_back({std::move(parameter), decay, options.learning_rate_scale, {}});
    }
    slots_ = std::move(slots);
}

template <class T>
void SGD<T>::step() {
    for (Slot& slot : slots_) {
        Tensor<T>& w = slot.parameter.tensor;
        if (!w.has_grad()) continue;
        if (options_.momentum > 0 && slot.velocity.shape() != w.shape())
            slot.velocity = Array<T>(w.shape(), T{0});
        const kernels::SgdStep<T> step{static_cast<T>(this->learning_rate() * slot.learning_rate_scale),
                                       static_cast<T>(slot.weight_decay), static_cast<T>(options_.momentum),
                                       options_.nesterov};
        w.update([&](Array<T>& values) {
            const std::size_t rows = values.dimension() == 2 && values.size() > 0 ? values.shape()[0] : 1,
                              n = values.size() / rows;
            kernels::sgd_update(rows, n, n, step, w.grad().value().data(),
                                options_.momentum > 0 ? slot.velocity.data() : nullptr, values.data());
        });
    }
}

template <class T>
NamedArrays SGD<T>::state_arrays() const {
    NamedArrays arrays{{"learning_rate", Array<double>(Shape{}, this->learning_rate())}};
    for (const Slot& slot : slots_)
        if (options_.momentum > 0 && slot.velocity.shape() == slot.parameter.tensor.shape() &&
            !arrays.emplace(slot.parameter.name + velocity_suffix, slot.velocity).second)
            throw StateError(fmt::format("SGD: two parameters are named {}", slot.parameter.name));
    return arrays;
}

template <class T>
void SGD<T>::load_state_arrays(NamedArrays arrays) {
    std::vector<std::string> problems;
    double learning_rate = 0;
    if (const auto entry = arrays.extract("learning_rate"); entry.empty())
        problems.emplace_back("missing learning_rate");
    else if (const auto* value = std::get_if<Array<double>>(&entry.mapped());
             !value || value->dimension() != 0 || !((*value)() >= 0) || !std::isfinite((*value)()))
        problems.emplace_back("learning_rate: expected a finite F64 of shape () that is not negative");
    else
        learning_rate = (*value)();
    std::vector<Array<T>> velocities(slots_.size());
    for (std::size_t i = 0; i < slots_.size() && options_.momentum > 0; ++i) {
        const auto& [name, tensor, decay] = slots_[i].parameter;
        auto entry = arrays.extract(name + velocity_suffix);
        if (entry.empty()) continue;
        auto* value = std::get_if<Array<T>>(&entry.mapped());
        if (value && value->shape() == tensor.shape())
            velocities[i] = std::move(*value);
        else
            problems.push_back(fmt::format("{}: expected the dtype and the shape {} of its parameter",
                                           entry.key(), to_string(tensor.shape())));
    }
    for (const auto& [name, array] : arrays) problems.push_back(fmt::format("unexpected {}", name));
    if (!problems.empty())
        throw StateError(fmt::format("SGD: nothing was loaded: {}", fmt::join(problems, "; ")));
    this->set_learning_rate(learning_rate);
    for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].velocity = std::move(velocities[i]);
}

template class SGD<float>;
template class SGD<double>;

}  // namespace xgrad
