#include "families.hpp"

// The reductions.
namespace xgrad::programs {
namespace {

Step make_variance(Draft& draft) {
    const std::size_t correction = draft.below(2);
    const auto op = reduction(
        "", [=](const auto& x, const Axes& axes, KeepDims k) { return variance(x, axes, k, correction); },
        [=](const std::vector<Jet>& x) {
            if (x.size() <= correction) Draft::reject();
            return variance(x, correction);
        });
    Step step = op.make(draft);
    step.attributes += fmt::format(", correction {}", correction);
    return step;
}

}  // namespace

#define REDUCTION(name, ...)                                                                        \
    reduction(                                                                                      \
        #name "(Tensor, Axes, KeepDims)",                                                           \
        [](const auto& x, const Axes& axes, KeepDims keepdims) { return name(x, axes, keepdims); }, \
        [](const std::vector<Jet>& x) { return name(x); } __VA_OPT__(, ) __VA_ARGS__),              \
        total(                                                                                      \
            #name "(Tensor)", [](const auto& x) { return name(x); },                                \
            [](const std::vector<Jet>& x) { return name(x); } __VA_OPT__(, ) __VA_ARGS__)

std::vector<ProgramOp> reduction_ops() {
    return {REDUCTION(sum),
            REDUCTION(mean),
            REDUCTION(amax),
            REDUCTION(amin),
            REDUCTION(logsumexp, small),
            {"variance(Tensor, Axes, KeepDims, size_t)", make_variance},
            total(
                "variance(Tensor)", [](const auto& x) { return variance(x); },
                [](const std::vector<Jet>& x) { return variance(x, 0); })};
}

}  // namespace xgrad::programs

// The ops that move elements.
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

Step make_concatenate(Draft& draft) {
    const std::size_t count = 1 + draft.below(3);
    std::vector<JetArray> parts{draft.operand(has_axes)};
    const std::size_t axis = draft.below(parts[0].shape.size());
    for (std::size_t i = 1; i < count; ++i)
        parts.push_back(draft.operand([&](const JetArray& x) {
            Shape shape = x.shape;
            if (shape.size() == parts[0].shape.size()) shape[axis] = parts[0].shape[axis];
            return shape == parts[0].shape;
        }));
    const auto given = static_cast<std::ptrdiff_t>(axis);
    return {concatenate(parts, axis), [=](const auto& in) { return concatenate(in, given); },
            fmt::format(", axis {}", axis)};
}

Step make_slice(Draft& draft) {
    const JetArray& x = draft.operand(has_axes);
    const std::size_t axis = draft.below(x.shape.size()), extent = x.shape[axis], begin = draft.below(extent),
                      end = begin + 1 + draft.below(extent - begin);
    const auto first = static_cast<std::ptrdiff_t>(begin), last = static_cast<std::ptrdiff_t>(end);
    return {slice(x, axis, begin, end),
            [=](const auto& in) { return slice(in[0], static_cast<std::ptrdiff_t>(axis), first, last); },
            fmt::format(", axis {}, [{}, {})", axis, begin, end)};
}

}  // namespace

std::vector<ProgramOp> shape_ops() {
    return {{"reshape(Tensor, Shape)", make_reshape},
            {"transpose(Tensor, Axes)", make_transpose},
            {"transpose(Tensor)", make_reverse},
            {"broadcast_to(Tensor, Shape)", make_broadcast_to},
            {"sum_to(Tensor, Shape)", make_sum_to},
            {"concatenate(vector<Tensor>, ptrdiff_t)", make_concatenate},
            {"slice(Tensor, ptrdiff_t, ptrdiff_t, ptrdiff_t)", make_slice}};
}

}  // namespace xgrad::programs
