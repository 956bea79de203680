#include <xgrad/nn/layers/layer_norm.hpp>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>

namespace xgrad {
namespace {

void check(const char* kind, const Shape& normalized, const LayerNormOptions& options) {
    if (normalized.empty() || size_of(normalized) == 0)
        fail<ShapeError>(
            kind, fmt::format("nothing to normalize: the normalized shape is {}", to_string(normalized)));
    detail::check_positive(kind, "epsilon", options.epsilon);
}

template <class T>
Tensor<T> trained(const Shape& shape, double value) {
    Tensor<T> parameter = full<T>(shape, value);
    parameter.set_requires_grad(RequiresGrad::yes);
    return parameter;
}

template <class T>
void list(StateVisitor<T>& state, Tensor<T>& gamma, Tensor<T>& beta) {
    if (gamma.defined()) state.parameter("weight", gamma, Decay::no);
    if (beta.defined()) state.parameter("bias", beta, Decay::no);
}

const char* suffix(const LayerNormOptions& options) { return options.affine ? "" : ", not affine"; }

}  // namespace

template <class T>
LayerNorm<T>::LayerNorm(const Shape& normalized, const LayerNormOptions& options)
    : normalized_(normalized), options_(options) {
    check("LayerNorm", normalized, options);
    if (!options.affine) return;
    gamma_ = trained<T>(normalized, 1);
    beta_ = trained<T>(normalized, 0);
}

template <class T>
std::string LayerNorm<T>::describe() const {
    return fmt::format("LayerNorm({}{})", to_string(normalized_), suffix(options_));
}

template <class T>
void LayerNorm<T>::visit(StateVisitor<T>& state) {
    list(state, gamma_, beta_);
}

template <class T>
std::unique_ptr<Module<T>> LayerNorm<T>::clone() const {
    return with_state_of(*this, LayerNorm(normalized_, options_));
}

template <class T>
Tensor<T> LayerNorm<T>::forward(const Tensor<T>& x) {
    return layer_norm(x, normalized_, gamma_, beta_, options_.epsilon);
}

template <class T>
RMSNorm<T>::RMSNorm(const Shape& normalized, const LayerNormOptions& options)
    : normalized_(normalized), options_(options) {
    check("RMSNorm", normalized, options);
    if (options.affine) gamma_ = trained<T>(normalized, 1);
}

template <class T>
std::string RMSNorm<T>::describe() const {
    return fmt::format("RMSNorm({}{})", to_string(normalized_), suffix(options_));
}

template <class T>
void RMSNorm<T>::visit(StateVisitor<T>& state) {
    Tensor<T> none;
    list(state, gamma_, none);
}

template <class T>
std::unique_ptr<Module<T>> RMSNorm<T>::clone() const {
    return with_state_of(*this, RMSNorm(normalized_, options_));
}

template <class T>
Tensor<T> RMSNorm<T>::forward(const Tensor<T>& x) {
    return rms_norm(x, normalized_, gamma_, options_.epsilon);
}

template <class T>
GroupNorm<T>::GroupNorm(std::size_t groups, std::size_t channels, const LayerNormOptions& options)
    : groups_(groups), channels_(channels), options_(options) {
    if (groups == 0 || channels == 0 || channels % groups != 0)
        fail<ValueError>("GroupNorm",
                         fmt::format("expected channels that are a multiple of the groups, got {} and {}",
                                     channels, groups));
    detail::check_positive("GroupNorm", "epsilon", options.epsilon);
    if (!options.affine) return;
    gamma_ = trained<T>({channels}, 1);
    beta_ = trained<T>({channels}, 0);
}

template <class T>
std::string GroupNorm<T>::describe() const {
    return fmt::format("GroupNorm({}, {}{})", groups_, channels_, suffix(options_));
}

template <class T>
void GroupNorm<T>::visit(StateVisitor<T>& state) {
    list(state, gamma_, beta_);
}

template <class T>
std::unique_ptr<Module<T>> GroupNorm<T>::clone() const {
    return with_state_of(*this, GroupNorm(groups_, channels_, options_));
}

template <class T>
Tensor<T> GroupNorm<T>::forward(const Tensor<T>& x) {
    if (x.dim() > 1 && x.shape()[1] != channels_)
        fail<ShapeError>(fmt::format("expected x (batch, {}, ...), got {}: {} != {}", channels_,
                                     to_string(x.shape()), channels_, x.shape()[1]));
    return group_norm(x, groups_, gamma_, beta_, options_.epsilon);
}

#define INSTANTIATE(T)           \
    template class LayerNorm<T>; \
    template class RMSNorm<T>;   \
    template class GroupNorm<T>;
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
