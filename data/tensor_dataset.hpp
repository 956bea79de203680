#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>
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

}  // namespace detail

/// Any number of arrays with a common first axis, the samples: features, regression targets, several labels,
/// masks. Each is a `Tensor` or `Indices`; copies share them.
///
///     const TensorDataset data(features, targets, labels);   // arrays, Tensors or Indices
///     for (const auto& [x, y, label] : Batches(data, 32).epoch(rng)) …
template <class... Fields>
class TensorDataset {
public:
    using Batch = std::tuple<Fields...>;  ///< The types of the fields: what batches are.

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
    const Batch& fields() const noexcept { return fields_; }

    /// The chosen samples, in that order; one may be chosen more than once.
    /// @throws ValueError  a row is not below size().
    TensorDataset select(std::span<const std::size_t> rows) const {
        return std::apply(
            [&](const auto&... field) {
                return TensorDataset(select_rows(detail::values_of(field), rows)...);
            },
            fields_);
    }

    /// The shape of a sample's I-th field.
    template <std::size_t I>
    Shape sample_shape() const {
        const Shape& shape = get<I>().shape();
        return Shape(shape.begin() + 1, shape.end());
    }
    /// A sample's I-th field; row < size().
    template <std::size_t I>
    const auto* sample(std::size_t row) const {
        const auto& values = detail::values_of(get<I>());
        return values.data() + row * (values.size() / size_);
    }
    /// The I-th field of these samples, as an array. @throws ValueError  a row is not below size().
    template <std::size_t I>
    auto rows(std::span<const std::size_t> rows) const {
        return select_rows(detail::values_of(get<I>()), rows);
    }
    /// Does nothing: all samples are in memory.
    void will_read(std::size_t, std::size_t) const noexcept {}

private:
    Batch fields_;
    std::size_t size_;
};

/// @cond  a deduction guide
template <class... A>
TensorDataset(A&&...) -> TensorDataset<typename detail::FieldOf<std::remove_cvref_t<A>>::type...>;
/// @endcond

}  // namespace xgrad
