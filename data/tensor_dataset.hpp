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
#include <xgrad/data/sample_loader.hpp>
#include <xgrad/data/split.hpp>

namespace xgrad {
namespace detail {

template <class A>
struct FieldOf {
    using type = A;
};
template <class T>
struct FieldOf<Array<T>> {
    using type = Tensor<T>;
};
template <>
struct FieldOf<Array<std::int32_t>> {
    using type = Indices;
};

inline const Array<std::int32_t>& values_of(const Indices& field) { return field.values(); }
template <class T>
const Array<T>& values_of(const Tensor<T>& field) {
    return field.value();
}

/// The number of rows that all fields have. @throws ShapeError  a field is a scalar or has another number.
std::size_t common_rows(std::span<const Shape> fields);

[[noreturn]] void fail_integers(const char* what, std::size_t field);

/// The chosen rows, in that order, each mixed with another one of them if there are mixes.
template <class T>
Array<T> mixed_rows(const Array<T>& x, std::span<const std::size_t> rows, std::span<const Mix> mixes);

}  // namespace detail

/// Any number of arrays with a common first axis, the samples: features, regression targets, several labels,
/// masks. Each is a `Tensor` or `Indices`; copies share them.
///
///     const TensorDataset data(features, targets, labels);   // arrays, Tensors or Indices
///     for (const auto& [x, y, label] : Batches(data, 32).epoch(rng)) …
template <class... Fields>
class TensorDataset {
public:
    /// @throws ShapeError  a field is a scalar, or the numbers of rows differ.
    template <class... A>
        requires(sizeof...(A) == sizeof...(Fields) && (std::is_constructible_v<Fields, A> && ...))
    explicit TensorDataset(A&&... fields) : fields_(Fields(std::forward<A>(fields))...) {
        const std::vector<Shape> shapes =
            std::apply([](const auto&... field) { return std::vector<Shape>{field.shape()...}; }, fields_);
        size_ = detail::common_rows(shapes);
    }

    /// The number of samples.
    std::size_t size() const noexcept { return size_; }
    /// The I-th field: a `Tensor` or `Indices`.
    template <std::size_t I>
    const auto& get() const noexcept {
        return std::get<I>(fields_);
    }
    /// All fields.
    const std::tuple<Fields...>& fields() const noexcept { return fields_; }

    /// The chosen samples, in that order; one may be chosen more than once.
    /// @throws ValueError  a row is not below size().
    TensorDataset select(std::span<const std::size_t> rows) const {
        return std::apply(
            [&](const auto&... field) {
                return TensorDataset(select_rows(detail::values_of(field), rows)...);
            },
            fields_);
    }

private:
    std::tuple<Fields...> fields_;
    std::size_t size_;
};

/// @cond  a deduction guide
template <class... A>
TensorDataset(A&&...) -> TensorDataset<typename detail::FieldOf<std::remove_cvref_t<A>>::type...>;
/// @endcond

/// Makes the batches of a `TensorDataset`, for `Batches`: tuples of the chosen rows of every field.
/// Transforms change the first field; mixup mixes all, so that none may be `Indices`.
template <class First, class... Rest>
class TensorLoader {
    template <class Field>
    struct Value {
        using type = float;
    };
    template <class T>
    struct Value<Tensor<T>> {
        using type = T;
    };

public:
    using value_type = typename Value<First>::type;  ///< Of what transforms change.
    using Data = TensorDataset<First, Rest...>;      ///< What it loads.
    using Batch = std::tuple<First, Rest...>;        ///< What it makes.

    /// @throws ShapeError  a transform is not for samples of the first field's shape.
    /// @throws ValueError  an alpha that is negative or not finite; or `Indices` would have to be transformed
    /// or mixed.
    TensorLoader(Data data, std::vector<Transform<value_type>> transforms, double mixup)
        : data_(std::move(data)) {
        if (transforms.empty() && mixup == 0) return;
        if (!transforms.empty() && !is_tensor<First>) detail::fail_integers("transformed", 0);
        if (mixup != 0) check_mixable(std::index_sequence_for<First, Rest...>());
        if constexpr (is_tensor<First>) {
            const Shape& shape = data_.template get<0>().shape();
            const auto row = [x = data_.template get<0>(),
                              size = size_of(Shape(shape.begin() + 1, shape.end()))](std::size_t i) {
                return x.value().data() + i * size;
            };
            samples_.emplace(Shape(shape.begin() + 1, shape.end()),
                             typename SampleLoader<value_type>::Source{{}, row}, std::move(transforms),
                             mixup);
        }
    }

    /// The data set.
    const Data& data() const noexcept { return data_; }
    /// Whether anything is drawn at random.
    bool random() const noexcept { return samples_ && samples_->random(); }

    /// Starts to make a batch, as SampleLoader::start().
    void start(const BatchPlan& plan) {
        if (samples_) samples_->start(plan);
    }
    /// Completes the batch that was started, and returns it.
    Batch finish(const BatchPlan& plan) {
        const std::vector<Mix> mixes = samples_ ? samples_->mixes(plan) : std::vector<Mix>();
        return std::apply(
            [&](const First& first, const Rest&... rest) {
                return Batch(transformed(first, plan),
                             Rest(detail::mixed_rows(detail::values_of(rest), plan.rows, mixes))...);
            },
            data_.fields());
    }
    /// Drops the batch that was started.
    void cancel() {
        if (samples_) samples_->cancel();
    }

private:
    template <class Field>
    static constexpr bool is_tensor = !std::is_same_v<Field, Indices>;

    template <std::size_t... I>
    void check_mixable(std::index_sequence<I...>) const {
        ((is_tensor<std::tuple_element_t<I, Batch>> ? void() : detail::fail_integers("mixed", I)), ...);
    }

    First transformed(const First& first, const BatchPlan& plan) {
        if constexpr (is_tensor<First>) {
            if (samples_) {
                Shape shape = first.shape();
                shape[0] = plan.rows.size();
                return First(share(samples_->finish(), shape));
            }
        }
        return First(select_rows(detail::values_of(first), plan.rows));
    }

    Data data_;
    std::optional<SampleLoader<value_type>> samples_;  // if there is anything to transform or to mix
};

}  // namespace xgrad
