#include <xgrad/autograd/indices.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>
#include <xgrad/core/shape.hpp>

namespace xgrad {
namespace {

template <class Range>
Array<std::int32_t> as_array(const Shape& shape, const Range& values) {
    if (checked_size("Indices", shape) != values.size())
        fail<ShapeError>("Indices", fmt::format("shape {} needs {} elements, got {}", to_string(shape),
                                                size_of(shape), values.size()));
    Array<std::int32_t> array(shape);
    std::copy(values.begin(), values.end(), array.data());
    return array;
}

}  // namespace

Indices::Body::Body(Array<std::int32_t> elements) : values(std::move(elements)) {
    if (values.size() == 0) return;
    const auto [low, high] = std::minmax_element(values.data(), values.data() + values.size());
    lowest = *low;
    highest = *high;
}

Indices::Indices(Array<std::int32_t> values) : body_(IntrusivePtr<Body>::make(std::move(values))) {}
Indices::Indices() : Indices(Array<std::int32_t>(Shape{0})) {}
Indices::Indices(std::initializer_list<std::int32_t> values) : Indices(as_array({values.size()}, values)) {}
Indices::Indices(const std::vector<std::int32_t>& values) : Indices({values.size()}, values) {}
Indices::Indices(const Shape& shape, const std::vector<std::int32_t>& values)
    : Indices(as_array(shape, values)) {}

void Indices::check(const char* op, const char* name, std::size_t limit) const {
    if (body_->lowest >= 0 && (body_->highest < 0 || static_cast<std::size_t>(body_->highest) < limit))
        return;
    const auto outside = [&](std::int32_t i) { return i < 0 || static_cast<std::size_t>(i) >= limit; };
    const std::int32_t* wrong = std::find_if(begin(), end(), outside);
    std::vector<std::size_t> position(dim());
    auto left = static_cast<std::size_t>(wrong - begin());
    for (std::size_t axis = dim(); axis-- > 0; left /= shape()[axis]) position[axis] = left % shape()[axis];
    fail<ValueError>(
        op, fmt::format("{}[{}] is {}, outside [0, {})", name, joined(position, ", "), *wrong, limit));
}

}  // namespace xgrad
