#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <xgrad/autograd/detail/walk.hpp>
#include <xgrad/mpi/detail/shard_tree.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad::mpi::detail {

// The gradients of one shard, for each parameter. Those of weights are kept as the products that they are:
// they are computed when they are added up, and so never stored.
template <class T>
class ShardGradients final : public xgrad::detail::Sink<T> {
public:
    explicit ShardGradients(const std::vector<Parameter<T>>& parameters)
        : parameters_(parameters), slots_(parameters.size()) {}

    void clear();
    void at_leaf(const Tensor<T>& leaf, Tensor<T>&& gradient) override;
    void at_leaf(const Tensor<T>& leaf, xgrad::detail::ProductGradient<T>&& gradient) override;

    bool has(std::size_t parameter) const {
        return slots_[parameter].value.defined() || slots_[parameter].product.a.defined();
    }
    bool is_product(std::size_t parameter) const { return slots_[parameter].product.a.defined(); }
    const xgrad::detail::ProductGradient<T>& product(std::size_t parameter) const {
        return slots_[parameter].product;
    }
    // Writes the gradient, zeros if there is none.
    void copy_to(std::size_t parameter, T* to) const;

private:
    // At most one of the two.
    struct Slot {
        Tensor<T> value;
        xgrad::detail::ProductGradient<T> product;
    };
    Slot& slot_of(const Tensor<T>& leaf);

    const std::vector<Parameter<T>>& parameters_;
    std::vector<Slot> slots_;
    std::size_t next_ = 0;  // where the next leaf is looked for first: they come in the reverse order
};

// The sum of a parameter's gradients over a subtree of shards, whose gradients begin with `shards`.
template <class T>
void add_gradients(const std::unique_ptr<ShardGradients<T>>* shards, Range tree, std::size_t parameter,
                   std::size_t size, T* sum);

}  // namespace xgrad::mpi::detail
