#include "families.hpp"

// The ops that join arrays, and those that take parts of them.
namespace xgrad::programs {
namespace {

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

Step make_stack(Draft& draft) {
    const std::size_t count = 1 + draft.below(3);
    std::vector<JetArray> parts{draft.operand(any)};
    for (std::size_t i = 1; i < count; ++i) parts.push_back(draft.operand(of_shape(parts[0].shape)));
    const std::size_t axis = draft.below(parts[0].shape.size() + 1);
    const auto at = static_cast<std::ptrdiff_t>(axis);
    for (JetArray& part : parts) part.shape.insert(part.shape.begin() + at, 1);
    return {concatenate(parts, axis), [=](const auto& in) { return stack(in, at); },
            fmt::format(", axis {}", axis)};
}

// An axis of an operand.
struct Axis {
    const JetArray& x;
    std::size_t number;

    explicit Axis(Draft& draft) : x(draft.operand(has_axes)), number(draft.below(x.shape.size())) {}
    std::size_t extent() const { return x.shape[number]; }
    std::ptrdiff_t given() const { return static_cast<std::ptrdiff_t>(number); }
};

Step make_slice(Draft& draft) {
    const Axis axis(draft);
    const std::size_t begin = draft.below(axis.extent()),
                      end = begin + 1 + draft.below(axis.extent() - begin), step = 1 + draft.below(3);
    Shape shape = axis.x.shape;
    shape[axis.number] = (end - begin + step - 1) / step;
    return {generate(shape,
                     [&](Index at) {
                         at[axis.number] = begin + step * at[axis.number];
                         return axis.x.at(at);
                     }),
            [along = axis.given(), first = static_cast<std::ptrdiff_t>(begin),
             last = static_cast<std::ptrdiff_t>(end), by = static_cast<std::ptrdiff_t>(step)](
                const auto& in) { return slice(in[0], along, first, last, by); },
            fmt::format(", axis {}, [{}, {}), step {}", axis.number, begin, end, step)};
}

Step make_split(Draft& draft) {
    const Axis axis(draft);
    const std::size_t extent = 1 + draft.below(axis.extent()), parts = (axis.extent() + extent - 1) / extent,
                      part = draft.below(parts);
    return {slice(axis.x, axis.number, part * extent, std::min((part + 1) * extent, axis.extent())),
            [=, along = axis.given()](const auto& in) { return split(in[0], extent, along).at(part); },
            fmt::format(", {}, axis {}: part {}", extent, axis.number, part)};
}

Step make_split_at(Draft& draft) {
    const Axis axis(draft);
    const std::size_t first = 1 + draft.below(axis.extent()),
                      part = first < axis.extent() ? draft.below(2) : 0;
    const std::vector<std::size_t> extents{first, axis.extent() - first};
    return {slice(axis.x, axis.number, part * first, part == 0 ? first : axis.extent()),
            [=, along = axis.given()](const auto& in) { return split(in[0], extents, along).at(part); },
            fmt::format(", {}, axis {}: part {}", extents, axis.number, part)};
}

JetArray flipped(const JetArray& x, std::size_t axis) {
    return generate(x.shape, [&](Index at) {
        at[axis] = x.shape[axis] - 1 - at[axis];
        return x.at(at);
    });
}

Step make_flip(Draft& draft) {
    JetArray y = draft.operand(any);
    Axes axes;
    for (std::size_t axis = 0; axis < y.shape.size(); ++axis)
        if (draft.below(2) == 0) {
            axes.push_back(static_cast<std::ptrdiff_t>(axis));
            y = flipped(y, axis);
        }
    return {std::move(y), [axes](const auto& in) { return flip(in[0], axes); }, printed(axes)};
}

Step make_pad(Draft& draft) {
    const Axis last(draft);
    const auto mode = draft.one_of({PadMode::constant, PadMode::reflect, PadMode::replicate});
    const std::size_t axis = last.x.shape.size() - 1, extent = last.x.shape[axis];
    const std::size_t most = mode == PadMode::reflect ? extent - 1 : 2;
    const Padding padding{draft.below(most + 1), draft.below(most + 1)};
    // The parts that are put before and after.
    const auto part = [&](std::size_t count, bool before) {
        Shape shape = last.x.shape;
        shape[axis] = count;
        return generate(shape, [&](Index at) {
            if (mode == PadMode::constant) return Jet(0.5);
            const std::size_t reflected = before ? count - at[axis] : extent - 2 - at[axis];
            at[axis] = mode == PadMode::reflect ? reflected : before ? 0 : extent - 1;
            return last.x.at(at);
        });
    };
    return {
        concatenate({part(padding.first, true), last.x, part(padding.second, false)}, axis),
        [=](const auto& in) { return pad(in[0], {padding}, mode, 0.5); },
        fmt::format(", {} before, {} after, mode {}", padding.first, padding.second, static_cast<int>(mode))};
}

Step make_tile(Draft& draft) {
    const JetArray& x = draft.operand(any);
    Shape repeats;
    for (std::size_t i = draft.below(x.shape.size() + 2); i > 0; --i) repeats.push_back(1 + draft.below(2));
    Shape shape = x.shape;
    while (shape.size() < repeats.size()) shape.insert(shape.begin(), 1);
    const Shape own = shape;
    for (std::size_t i = 1; i <= repeats.size(); ++i) shape[shape.size() - i] *= repeats[repeats.size() - i];
    return {generate(shape,
                     [&](Index at) {
                         for (std::size_t i = 0; i < at.size(); ++i) at[i] %= own[i];
                         return x.at(at);
                     }),
            [repeats](const auto& in) { return tile(in[0], repeats); }, ", " + xgrad::to_string(repeats)};
}

// Which elements of the matrices are kept, by how far they are to the right of the diagonal.
template <class F>
Step triangle(Draft& draft, F call, bool (*is_kept)(std::ptrdiff_t right)) {
    const JetArray& x = draft.operand([](const JetArray& a) { return a.shape.size() >= 2; });
    const std::ptrdiff_t diagonal = static_cast<std::ptrdiff_t>(draft.below(3)) - 1;
    return {generate(x.shape,
                     [&](const Index& at) {
                         const auto row = static_cast<std::ptrdiff_t>(at[at.size() - 2]);
                         return is_kept(static_cast<std::ptrdiff_t>(at.back()) - row - diagonal) ? x.at(at)
                                                                                                 : Jet(0);
                     }),
            [=](const auto& in) { return call(in[0], diagonal); }, fmt::format(", {}", diagonal)};
}

Step make_triu(Draft& draft) {
    return triangle(
        draft, [](const auto& x, auto diagonal) { return triu(x, diagonal); },
        [](auto right) { return right >= 0; });
}

Step make_tril(Draft& draft) {
    return triangle(
        draft, [](const auto& x, auto diagonal) { return tril(x, diagonal); },
        [](auto right) { return right <= 0; });
}

}  // namespace

std::vector<ProgramOp> slicing_ops() {
    return {{"concatenate(vector<Tensor>, ptrdiff_t)", make_concatenate},
            {"stack(vector<Tensor>, ptrdiff_t)", make_stack},
            {"slice(Tensor, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t)", make_slice},
            {"split(Tensor, size_t, ptrdiff_t)", make_split},
            {"split(Tensor, vector<size_t>, ptrdiff_t)", make_split_at},
            {"flip(Tensor, Axes)", make_flip},
            {"pad(Tensor, vector<Padding>, PadMode, double)", make_pad},
            {"tile(Tensor, Shape)", make_tile},
            {"triu(Tensor, ptrdiff_t)", make_triu},
            {"tril(Tensor, ptrdiff_t)", make_tril}};
}

}  // namespace xgrad::programs
