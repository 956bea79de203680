#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include <xgrad/core/array.hpp>
#include <xgrad/core/intrusive_ptr.hpp>

namespace xgrad {

/// An immutable array of integers of any shape: class labels, or positions along an axis. Copies share the
/// elements.
class Indices {
public:
    /// No indices, shape (0).
    Indices();
    /// One axis, with these elements.
    Indices(std::initializer_list<std::int32_t> values);
    /// One axis, with these elements.
    Indices(const std::vector<std::int32_t>& values);
    /// Any shape, with these elements in row-major order: `Indices({2, 2}, {0, 1, 1, 0})`.
    /// @throws ShapeError  their number is not that of the shape.
    Indices(const Shape& shape, const std::vector<std::int32_t>& values);
    /// The elements of an array.
    explicit Indices(Array<std::int32_t> values);
    /// Shares the elements.
    Indices(const Indices&) = default;
    /// Shares the elements of the other.
    Indices& operator=(const Indices&) = default;

    /// The elements as an array.
    const Array<std::int32_t>& values() const noexcept { return body_->values; }
    /// The extents, outermost first.
    const Shape& shape() const noexcept { return values().shape(); }
    /// The number of axes.
    std::size_t dim() const noexcept { return values().dimension(); }
    /// The number of elements.
    std::size_t size() const noexcept { return values().size(); }
    /// The elements in row-major order.
    const std::int32_t* data() const noexcept { return values().data(); }
    /// The i-th element in row-major order; i < size().
    std::int32_t operator[](std::size_t i) const noexcept { return data()[i]; }
    /// The elements in row-major order.
    const std::int32_t* begin() const noexcept { return data(); }
    /// The end of the elements.
    const std::int32_t* end() const noexcept { return data() + size(); }
    /// Whether shapes and elements are equal.
    bool operator==(const Indices& other) const { return values() == other.values(); }

    /// Checks that every element is in [0, limit): one comparison, as the bounds are known.
    /// @throws ValueError  naming the first that is not: `op: name[1, 2] is 7, outside [0, 5)`.
    void check(const char* op, const char* name, std::size_t limit) const;

private:
    struct Body : Counted {
        Array<std::int32_t> values;
        std::int32_t lowest = 0, highest = -1;  // of no elements
        explicit Body(Array<std::int32_t> values);
    };
    IntrusivePtr<Body> body_;  // never null, as it is copied and never moved
};

}  // namespace xgrad
