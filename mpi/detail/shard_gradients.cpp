#include <xgrad/mpi/detail/shard_gradients.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <xgrad/core/allocator.hpp>
#include <xgrad/core/kernels/elementwise.hpp>
#include <xgrad/core/kernels/narrow_gemm.hpp>

namespace xgrad::mpi::detail {

template <class T>
void ShardGradients<T>::clear() {
    std::ranges::fill(slots_, Slot());
    next_ = 0;
}

template <class T>
typename ShardGradients<T>::Slot& ShardGradients<T>::slot_of(const Tensor<T>& leaf) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        next_ = next_ == 0 ? slots_.size() - 1 : next_ - 1;
        if (parameters_[next_].tensor.is_same(leaf)) return slots_[next_];
    }
    fail<GraphError>(
        "ShardedStep",
        fmt::format(
            "the loss depends on a leaf of shape {} that requires a gradient and is no parameter of the net",
            to_string(leaf.shape())));
}

template <class T>
void ShardGradients<T>::at_leaf(const Tensor<T>& leaf, Tensor<T>&& gradient) {
    Slot& slot = slot_of(leaf);
    if (slot.product.a.defined()) {
        // Its factors may have been changed since they were recorded; they were read in time.
        const xgrad::detail::Scoped unread(xgrad::detail::reader, xgrad::detail::Reader{});
        slot.value = slot.product.multiply();
        slot.product = {};
    }
    xgrad::detail::Walk<T>::accumulate(slot.value, std::move(gradient));
}

template <class T>
void ShardGradients<T>::at_leaf(const Tensor<T>& leaf, xgrad::detail::ProductGradient<T>&& gradient) {
    Slot& slot = slot_of(leaf);
    if (!slot.value.defined() && !slot.product.a.defined())
        slot.product = std::move(gradient);
    else
        at_leaf(leaf, gradient.multiply());
}

template <class T>
void ShardGradients<T>::copy_to(std::size_t parameter, T* to) const {
    const Tensor<T>& value = slots_[parameter].value;
    if (value.defined())
        std::ranges::copy(value.value(), to);
    else
        std::fill_n(to, parameters_[parameter].tensor.size(), T{0});
}

namespace {

template <class T>
void add_products(const std::unique_ptr<ShardGradients<T>>* shards, std::size_t count, std::size_t parameter,
                  T* sum) {
    std::vector<kernels::OuterProduct<T>, RecyclingAllocator<kernels::OuterProduct<T>>> pairs;
    pairs.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& [a, b] = shards[i]->product(parameter);
        pairs.push_back({a.shape()[0], a.value().data(), b.value().data()});
    }
    const auto& [a, b] = (*shards)->product(parameter);
    kernels::sum_outer_products(a.shape()[1], b.shape()[1], count, pairs.data(), sum);
}

}  // namespace

template <class T>
void add_gradients(const std::unique_ptr<ShardGradients<T>>* shards, Range tree, std::size_t parameter,
                   std::size_t size, T* sum) {
    const std::size_t count = tree.size(), half = count / 2;
    if (std::all_of(shards, shards + count, [=](const auto& shard) { return shard->is_product(parameter); }))
        return add_products(shards, count, parameter, sum);
    if (count == 1) return (*shards)->copy_to(parameter, sum);
    std::vector<T, RecyclingAllocator<T>> rest(size);
    add_gradients(shards, {tree.first, tree.first + half}, parameter, size, sum);
    add_gradients(shards + half, {tree.first + half, tree.last}, parameter, size, rest.data());
    kernels::binary(kernels::Binary::add, size, sum, kernels::Step::next, rest.data(), kernels::Step::next,
                    sum);
}

#define INSTANTIATE(T)                                                                                      \
    template class ShardGradients<T>;                                                                       \
    template void add_gradients(const std::unique_ptr<ShardGradients<T>>*, Range, std::size_t, std::size_t, \
                                T*);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad::mpi::detail
