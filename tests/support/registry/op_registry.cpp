#include "support/registry/op_registry.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>

namespace xgrad::registry {
namespace {

// Each input has its own random stream, so that a new sample does not change the other inputs.
Rng stream(const Shape& shape) {
    static std::uint64_t inputs = 0;
    return Rng(1000 * ++inputs + size_of(shape));
}

template <class F>
Tensor<double> generate(const Shape& shape, F next) {
    Array<double> values(shape);
    for (double& value : values) value = next();
    return Tensor<double>(std::move(values));
}

std::vector<Op> joined(std::initializer_list<std::vector<Op>> families) {
    std::vector<Op> all;
    for (const auto& family : families) all.insert(all.end(), family.begin(), family.end());
    return all;
}

bool broadcasts(const Shape& a, const Shape& b) {
    try {
        naive_broadcast(a, b);
        return true;
    } catch (const std::invalid_argument&) {
        return false;
    }
}

}  // namespace

const std::vector<Op>& differentiable_ops() {
    static const std::vector<Op> ops =
        joined({arithmetic_ops(), elementwise_ops(), reduction_ops(), shape_ops(), slicing_ops(),
                indexing_ops(), linear_algebra_ops(), convolution_ops(), pooling_ops(), normalization_ops(),
                layer_norm_ops(), loss_ops(), cross_entropy_ops()});
    return ops;
}

const std::vector<Op>& constant_ops() {
    static const std::vector<Op> ops = joined({comparison_ops(), position_ops()});
    return ops;
}

const std::vector<Op>& all_ops() {
    static const std::vector<Op> ops = joined({differentiable_ops(), constant_ops()});
    return ops;
}

std::string name_in_errors(const Op& op) {
    if (op.declaration == "operator-(Tensor)") return "neg";
    const std::string name = op.declaration.substr(0, op.declaration.find('('));
    const std::map<std::string, std::string> operators{
        {"operator+", "add"}, {"operator-", "sub"}, {"operator*", "mul"}, {"operator/", "div"}};
    return operators.contains(name) ? operators.at(name) : name;
}

Tensor<double> between(double low, double high, const Shape& shape) {
    Rng rng = stream(shape);
    return generate(shape, [&] { return rng.uniform(low, high); });
}

Tensor<double> nonzero(const Shape& shape) {
    Rng rng = stream(shape);
    return generate(shape, [&] { return (rng.uniform() < 0.5 ? -1 : 1) * rng.uniform(0.2, 2); });
}

Tensor<double> distinct(const Shape& shape) {
    Rng rng = stream(shape);
    std::vector<double> grid(size_of(shape));
    for (std::size_t i = 0; i < grid.size(); ++i)
        grid[i] =
            0.15 * (static_cast<double>(i) - static_cast<double>(grid.size()) / 2) + rng.uniform(0, 0.05);
    rng.shuffle(std::span(grid));
    std::size_t i = 0;
    return generate(shape, [&] { return grid[i++]; });
}

const std::vector<Shape>& shapes() {
    static const std::vector<Shape> all{{},     {1},    {3},    {1, 3},    {3, 1},
                                        {2, 3}, {0, 3}, {3, 0}, {2, 1, 3}, {2, 3, 2}};
    return all;
}

const std::vector<std::pair<Shape, Shape>>& broadcast_pairs() {
    static const std::vector<std::pair<Shape, Shape>> all = [] {
        const std::vector<Shape> some{{}, {1}, {3}, {1, 3}, {2, 1}, {2, 3}, {0, 3}, {3, 0}, {2, 2, 1}};
        std::vector<std::pair<Shape, Shape>> pairs;
        for (const Shape& a : some)
            for (const Shape& b : some)
                if (broadcasts(a, b)) pairs.emplace_back(a, b);
        return pairs;
    }();
    return all;
}

double element(const Tensor<double>& x, const Index& at) {
    const Shape& shape = x.shape();
    Index own(shape.size());
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        own[axis] = shape[axis] == 1 ? 0 : at.at(axis + at.size() - shape.size());
    return x.value().data()[flatten(shape, own)];
}

Index unflatten(const Shape& shape, std::size_t number) {
    Index at(shape.size());
    for (std::size_t axis = shape.size(); axis-- > 0; number /= shape[axis]) at[axis] = number % shape[axis];
    return at;
}

std::size_t flatten(const Shape& shape, const Index& at) {
    std::size_t number = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) number = number * shape[axis] + at[axis];
    return number;
}

Shape naive_broadcast(const Shape& a, const Shape& b) {
    const std::size_t rank = std::max(a.size(), b.size());
    Shape shape(rank);
    for (std::size_t axis = 0; axis < rank; ++axis) {
        const std::size_t from_a = axis + a.size() < rank ? 1 : a[axis + a.size() - rank];
        const std::size_t from_b = axis + b.size() < rank ? 1 : b[axis + b.size() - rank];
        if (from_a != from_b && from_a != 1 && from_b != 1) throw std::invalid_argument("no common shape");
        shape[axis] = from_a == 1 ? from_b : from_a;
    }
    return shape;
}

}  // namespace xgrad::registry
