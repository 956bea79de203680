#include <xgrad/nn/observer.hpp>

#include <fnmatch.h>

#include <fmt/format.h>

#include <xgrad/autograd/record.hpp>

namespace xgrad {
namespace {

// x, whose gradient `keep` is shown when it arrives.
template <class T, class F>
Tensor<T> watched(const Tensor<T>& x, F keep) {
    if (!is_recording(x)) return x;
    return record("observer", x.detach(), Edge{x, [keep](const auto& dy) {
                                                   keep(dy);
                                                   return dy;
                                               }});
}

}  // namespace

template <class T>
Observer<T>::Observer(Module<T>& net, const std::string& pattern) : outer_(innermost) {
    for (const auto& [name, module] : net.modules())
        if (fnmatch(pattern.c_str(), name.c_str(), 0) == 0) names_.emplace(module, name);
    if (names_.empty()) fail<ValueError>("Observer", fmt::format("no module has a path like '{}'", pattern));
    innermost = this;
}

template <class T>
Observer<T>::~Observer() {
    Observer** link = &innermost;
    while (*link != this) link = &(*link)->outer_;
    *link = outer_;
}

template <class T>
ModuleScope<T>::ModuleScope(Module<T>& module) : module_(module) {
    for (auto* observer = Observer<T>::innermost; observer; observer = observer->outer_) {
        const auto found = observer->names_.find(&module);
        if (found == observer->names_.end()) continue;
        calls_.push_back(
            std::make_shared<ModuleCall<T>>(ModuleCall<T>{found->second, &module, {}, {}, {}, {}}));
        observer->calls_.push_back(calls_.back());
    }
}

template <class T>
void ModuleScope<T>::watch(std::span<Tensor<T>> inputs) {
    for (const auto& call : calls_) {
        call->input_gradients.resize(inputs.size());
        for (std::size_t i = 0; i < inputs.size(); ++i)
            inputs[i] = watched(inputs[i], [call, i](const Tensor<T>& dx) { call->input_gradients[i] = dx; });
        call->inputs.assign(inputs.begin(), inputs.end());
    }
}

template <class T>
Tensor<T> ModuleScope<T>::output(Tensor<T> y) {
    for (const auto& call : calls_) {
        y = watched(y, [call](const Tensor<T>& dy) { call->output_gradient = dy; });
        call->output = y;
    }
    return y;
}

#define INSTANTIATE(T)                                         \
    template class Observer<T>;                                \
    template ModuleScope<T>::ModuleScope(Module<T>&);          \
    template void ModuleScope<T>::watch(std::span<Tensor<T>>); \
    template Tensor<T> ModuleScope<T>::output(Tensor<T>);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
