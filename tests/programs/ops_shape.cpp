#include "families.hpp"

// The ops that change the shape.
namespace xgrad::programs {
namespace {

Step make_reshape(Draft& draft) {
    const JetArray& x = draft.operand(any);
    const std::size_t size = x.data.size();
    std::vector<Shape> shapes{{size}, {1, size}, {size, 1}};
    for (const std::size_t factor : {2UL, 3UL})
        if (size % factor == 0) {
            shapes.push_back({factor, size / factor});
            shapes.push_back({size / factor, factor});
        }
    if (size == 1) shapes.push_back({});
    const Shape shape = shapes[draft.below(shapes.size())];
    return {{shape, x.data},
            [shape](const auto& in) { return reshape(in[0], shape); },
            ", " + xgrad::to_string(shape)};
}

// The same elements in that shape.
template <class F>
Step relabelled(const JetArray& x, const Shape& shape, F call, std::string attributes) {
    return {{shape, x.data}, [call](const auto& in) { return call(in[0]); }, std::move(attributes)};
}

Step make_reshape_with_rest(Draft& draft) {
    const JetArray& x = draft.operand(any);
    const std::size_t size = x.data.size(), rest = size % 2 == 0 ? size / 2 : size, other = size / rest;
    if (draft.below(2) == 0)
        return relabelled(
            x, {other, rest}, [=](const auto& in) { return reshape(in, {other, -1}); }, ", {.., -1}");
    return relabelled(
        x, {rest, other}, [=](const auto& in) { return reshape(in, {-1, other}); }, ", {-1, ..}");
}

Step make_squeeze_all(Draft& draft) {
    const JetArray& x = draft.operand(any);
    Shape shape;
    for (const std::size_t extent : x.shape)
        if (extent != 1) shape.push_back(extent);
    return relabelled(x, shape, [](const auto& in) { return squeeze(in); }, "");
}

Step make_squeeze(Draft& draft) {
    const JetArray& x =
        draft.operand([](const JetArray& a) { return std::ranges::find(a.shape, 1) != a.shape.end(); });
    const auto axis = std::ranges::find(x.shape, 1) - x.shape.begin();
    Shape shape = x.shape;
    shape.erase(shape.begin() + axis);
    return relabelled(
        x, shape, [axis](const auto& in) { return squeeze(in, axis); }, fmt::format(", axis {}", axis));
}

Step make_unsqueeze(Draft& draft) {
    const JetArray& x = draft.operand(any);
    const auto axis = static_cast<std::ptrdiff_t>(draft.below(x.shape.size() + 1));
    Shape shape = x.shape;
    shape.insert(shape.begin() + axis, 1);
    return relabelled(
        x, shape, [axis](const auto& in) { return unsqueeze(in, axis); }, fmt::format(", axis {}", axis));
}

Step make_flatten(Draft& draft) {
    const JetArray& x = draft.operand(has_axes);
    const std::size_t first = draft.below(x.shape.size()), last = first + draft.below(x.shape.size() - first);
    Shape shape;
    for (std::size_t axis = 0; axis < x.shape.size(); ++axis)
        if (axis > first && axis <= last)
            shape.back() *= x.shape[axis];
        else
            shape.push_back(x.shape[axis]);
    const auto from = static_cast<std::ptrdiff_t>(first), to = static_cast<std::ptrdiff_t>(last);
    return relabelled(
        x, shape, [=](const auto& in) { return flatten(in, from, to); },
        fmt::format(", axes {} to {}", from, to));
}

Step make_transpose(Draft& draft) {
    const JetArray& x = draft.operand(any);
    Axes order;
    for (std::size_t axis = 0; axis < x.shape.size(); ++axis)
        order.insert(order.begin() + static_cast<std::ptrdiff_t>(draft.below(axis + 1)),
                     static_cast<std::ptrdiff_t>(axis));
    return {transpose(x, order), [order](const auto& in) { return transpose(in[0], order); }, printed(order)};
}

Step make_reverse(Draft& draft) {
    const JetArray& x = draft.operand(any);
    Axes order;
    for (std::size_t axis = x.shape.size(); axis-- > 0;) order.push_back(static_cast<std::ptrdiff_t>(axis));
    return {transpose(x, order), [](const auto& in) { return transpose(in[0]); }, ""};
}

Step make_broadcast_to(Draft& draft) {
    const JetArray& x = draft.operand(any);
    Shape shape;
    if (const std::size_t leading = draft.below(3); leading > 0) shape.push_back(leading);
    for (const std::size_t extent : x.shape) shape.push_back(extent == 1 ? 1 + draft.below(3) : extent);
    return {generate(shape, [&](const Index& at) { return x.at(at); }),
            [shape](const auto& in) { return broadcast_to(in[0], shape); }, ", " + xgrad::to_string(shape)};
}

Step make_sum_to(Draft& draft) {
    const JetArray& x = draft.operand(any);
    Shape shape(x.shape.begin() + static_cast<std::ptrdiff_t>(draft.below(x.shape.size() + 1)),
                x.shape.end());
    for (std::size_t& extent : shape)
        if (draft.below(2) == 1) extent = 1;
    return {sum_to(x, shape), [shape](const auto& in) { return sum_to(in[0], shape); },
            ", " + xgrad::to_string(shape)};
}

}  // namespace

std::vector<ProgramOp> shape_ops() {
    return {{"reshape(Tensor, Shape)", make_reshape},
            {"reshape(Tensor, initializer_list<Extent>)", make_reshape_with_rest},
            {"squeeze(Tensor)", make_squeeze_all},
            {"squeeze(Tensor, ptrdiff_t)", make_squeeze},
            {"unsqueeze(Tensor, ptrdiff_t)", make_unsqueeze},
            {"flatten(Tensor, ptrdiff_t, ptrdiff_t)", make_flatten},
            {"transpose(Tensor, Axes)", make_transpose},
            {"transpose(Tensor)", make_reverse},
            {"broadcast_to(Tensor, Shape)", make_broadcast_to},
            {"sum_to(Tensor, Shape)", make_sum_to}};
}

}  // namespace xgrad::programs
