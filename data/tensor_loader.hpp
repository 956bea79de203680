#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>
#include <xgrad/core/shape.hpp>
#include <xgrad/data/sample_loader.hpp>

namespace xgrad {
namespace detail {

/// What transforms change of a data set of fields: the values of the first one. Others have no type here.
template <class Field>
struct FieldValue {
    using type = float;  // of Indices, which cannot be transformed
};
template <class T>
struct FieldValue<Tensor<T>> {
    using type = T;
};
template <class D>
struct TransformedValue {};
template <class D>
    requires requires { typename D::Batch; }
struct TransformedValue<D> : FieldValue<std::tuple_element_t<0, typename D::Batch>> {};

[[noreturn]] void fail_integers(const char* what, std::size_t field);

/// A part of the rows of a batch, each mixed with another row.
template <class T>
Array<T> mixed_rows(const Array<T>& rows, const RowRange& part, std::span<const Mix> mixes);

}  // namespace detail

/// Makes the batches of a `TensorDataset` or of `TensorFiles`, for `Batches`: tuples of the chosen rows of
/// every field. Idle threads make the first one, if it is a Tensor; the others are gathered when the batch is
/// asked for. Transforms change the first field; mixup mixes all, so that none may be `Indices`.
template <class D>
class TensorLoader {
public:
    using Data = D;  ///< What it loads.
    using Batch = typename D::Batch;  ///< What it makes.
    /// Of what transforms change.
    using value_type = typename detail::TransformedValue<D>::type;

    /// @throws ShapeError  a transform is not for samples of the first field's shape.
    /// @throws ValueError  an alpha that is negative or not finite; or `Indices` would have to be transformed
    /// or mixed.
    TensorLoader(D data, std::vector<Transform<value_type>> transforms, double mixup)
        : data_(std::move(data)) {
        if (transforms.empty() && mixup == 0 && !is_tensor<0>) return;
        if (!transforms.empty() && !is_tensor<0>) detail::fail_integers("transformed", 0);
        if (mixup != 0) check_mixable(Places());
        if constexpr (is_tensor<0>) {
            const auto read = [this](std::size_t, std::size_t row) { return data_.template sample<0>(row); };
            samples_.emplace(data_.template sample_shape<0>(),
                             typename SampleLoader<value_type>::Source{{}, read}, std::move(transforms),
                             mixup);
        }
    }

    /// The data set.
    const D& data() const noexcept { return data_; }
    /// Whether anything is drawn at random.
    bool random() const noexcept { return samples_ && samples_->random(); }

    /// Starts to make a batch, as SampleLoader::start().
    void start(const BatchPlan& plan) {
        if (samples_) samples_->start(plan);
    }
    /// Completes the batch that was started, and returns it.
    Batch finish(const BatchPlan& plan) { return finish(plan, Places()); }
    /// Drops the batch that was started.
    void cancel() {
        if (samples_) samples_->cancel();
    }
    /// Some samples that will be in batches soon.
    void announce(std::size_t first, std::size_t count) const noexcept { data_.will_read(first, count); }

private:
    using Places = std::make_index_sequence<std::tuple_size_v<Batch>>;
    template <std::size_t I>
    static constexpr bool is_tensor = !std::is_same_v<std::tuple_element_t<I, Batch>, Indices>;

    template <std::size_t... I>
    void check_mixable(std::index_sequence<I...>) const {
        ((is_tensor<I> ? void() : detail::fail_integers("mixed", I)), ...);
    }

    template <std::size_t... I>
    Batch finish(const BatchPlan& plan, std::index_sequence<I...>) {
        const std::vector<Mix> mixes = samples_ ? samples_->mixes(plan) : std::vector<Mix>();
        return {std::tuple_element_t<I, Batch>(field<I>(plan, mixes))...};
    }

    template <std::size_t I>
    auto field(const BatchPlan& plan, std::span<const Mix> mixes) {
        if constexpr (I == 0 && is_tensor<0>) {
            if (samples_) {
                const Shape shape = batch_shape(plan.part.size(), data_.template sample_shape<0>());
                return share(samples_->finish(), shape);
            }
        }
        if constexpr (is_tensor<I>)
            if (!mixes.empty()) {  // which may be with any row of the batch
                const auto all = data_.template rows<I>(plan.rows);
                return detail::mixed_rows(all, plan.part, mixes);
            }
        return data_.template rows<I>(plan.own_rows());
    }

    D data_;
    std::optional<SampleLoader<value_type>> samples_;  // if the first field is a Tensor
};

}  // namespace xgrad
