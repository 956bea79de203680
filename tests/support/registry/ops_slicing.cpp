#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// The ops that join arrays, and those that take parts of them.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }

Op concatenate_op() {
    Op op{
        "concatenate(vector<Tensor>, ptrdiff_t)",
        {},
        {invalid<ShapeError>("concatenate: expected at least one Tensor, got none",
                             []<class T>(Zeros<T>) { concatenate(std::vector<Tensor<T>>{}); }),
         invalid<ShapeError>("concatenate: axis 0 is out of range for an array with 0 axes",
                             []<class T>(Zeros<T> zeros) { concatenate<T>({zeros({}), zeros({})}); }),
         invalid<ShapeError>("concatenate: axis 2 is out of range for an array with 2 axes",
                             []<class T>(Zeros<T> zeros) { concatenate<T>({zeros({2, 3})}, 2); }),
         invalid<ShapeError>("concatenate: along axis 0: input 1 has shape (2, 4), input 0 has (2, 3)",
                             []<class T>(Zeros<T> zeros) { concatenate<T>({zeros({2, 3}), zeros({2, 4})}); }),
         invalid<ShapeError>(
             "concatenate: along axis 1: input 2 has shape (3), input 0 has (2, 3)",
             []<class T>(Zeros<T> zeros) { concatenate<T>({zeros({2, 3}), zeros({2, 3}), zeros({3})}, -1); }),
         invalid<ShapeError>(too_large("concatenate", "(1152921504606846976, 0)"),
                             []<class T>(Zeros<T> zeros) {
                                 const Tensor<T> half = zeros({std::size_t{1} << 59, 0});
                                 concatenate<T>({half, half});
                             })}};
    struct Case {
        std::vector<Shape> parts;
        std::ptrdiff_t axis;
        std::size_t normalized;
        Shape shape;
    };
    const Case cases[] = {{{{1}}, 0, 0, {1}},
                          {{{3}, {2}}, 0, 0, {5}},
                          {{{2, 3}, {1, 3}}, 0, 0, {3, 3}},
                          {{{2, 1}, {2, 3}, {2, 2}}, 1, 1, {2, 6}},
                          {{{2, 1}, {2, 2}}, -1, 1, {2, 3}},
                          {{{0, 3}, {2, 3}, {0, 3}}, 0, 0, {2, 3}},
                          {{{3, 0}, {3, 0}}, 0, 0, {6, 0}},
                          {{{2, 1, 2}, {2, 2, 2}}, 1, 1, {2, 3, 2}}};
    for (const Case& c : cases) {
        Tensors<double> parts;
        for (const Shape& part : c.parts) parts.push_back(any(part));
        op.samples.push_back(sample(
            fmt::format("{} parts to {} along {}", parts.size(), to_string(c.shape), c.axis), parts,
            [axis = c.axis](const auto& in) { return concatenate(in, axis); }, c.shape,
            [axis = c.normalized](Index at, const Tensors<double>& in) {
                for (const auto& part : in) {
                    const std::size_t extent = part.shape()[axis];
                    if (at[axis] < extent) return part.value().data()[flatten(part.shape(), at)];
                    at[axis] -= extent;
                }
                return 0.0;
            }));
    }
    op.samples.push_back(sample(
        "(3) with itself", {any({3})}, [](const auto& in) { return concatenate(std::vector{in[0], in[0]}); },
        {6}, [](const Index& at, const Tensors<double>& in) { return in[0].value().data()[at[0] % 3]; }));
    return op;
}

Op slice_op() {
    Op op{
        "slice(Tensor, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t)",
        {},
        {invalid<ShapeError>("slice: axis 0 is out of range for an array with 0 axes",
                             [](auto zeros) { slice(zeros({}), 0, 0, 1); }),
         invalid<ShapeError>("slice: axis -3 is out of range for an array with 2 axes",
                             [](auto zeros) { slice(zeros({2, 3}), -3, 0, 1); }),
         invalid<ShapeError>("slice: [0, 4) is no range along axis 1 of (2, 3), whose extent is 3",
                             [](auto zeros) { slice(zeros({2, 3}), 1, 0, 4); }),
         invalid<ShapeError>("slice: [2, 1) is no range along axis 1 of (2, 3), whose extent is 3",
                             [](auto zeros) { slice(zeros({2, 3}), -1, 2, 1); }),
         invalid<ShapeError>("slice: [-4, 2) is no range along axis 1 of (2, 3), whose extent is 3",
                             [](auto zeros) { slice(zeros({2, 3}), 1, -4, 2); }),
         invalid<ShapeError>(
             "slice: [-9223372036854775808, 9223372036854775807) is no range along axis 1 of (2, 3), whose extent is 3",
             [](auto zeros) { slice(zeros({2, 3}), 1, PTRDIFF_MIN, PTRDIFF_MAX); }),
         invalid<ValueError>("slice: expected a positive step, got -1; flip() reverses",
                             [](auto zeros) { slice(zeros({3}), 0, 0, 3, -1); })}};
    struct Case {
        Shape from;
        std::ptrdiff_t axis, begin, end;
        std::size_t normalized, first;
        Shape to;
        std::ptrdiff_t step = 1;
    };
    const Case cases[] = {{{1}, 0, 0, 1, 0, 0, {1}},
                          {{5}, 0, 1, 4, 0, 1, {3}},
                          {{2, 3}, 0, 0, 1, 0, 0, {1, 3}},
                          {{2, 3}, 1, 1, 3, 1, 1, {2, 2}},
                          {{2, 3}, -1, -2, -1, 1, 1, {2, 1}},
                          {{2, 3}, 1, 0, 3, 1, 0, {2, 3}},
                          {{2, 3}, 0, 1, 1, 0, 1, {0, 3}},
                          {{3, 0}, 0, 1, 3, 0, 1, {2, 0}},
                          {{2, 4, 3}, 1, 1, 3, 1, 1, {2, 2, 3}},
                          {{2, 4, 3}, 2, -3, 2, 2, 0, {2, 4, 2}},
                          {{5}, 0, 0, 5, 0, 0, {3}, 2},
                          {{2, 4}, 1, 1, 4, 1, 1, {2, 1}, 3},
                          {{2, 4}, 1, 2, 2, 1, 2, {2, 0}, 3},
                          {{3, 2}, 0, 0, 3, 0, 0, {1, 2}, PTRDIFF_MAX}};
    for (const Case& c : cases)
        op.samples.push_back(sample(
            fmt::format("[{}, {}) along {} of {}, step {}", c.begin, c.end, c.axis, to_string(c.from),
                        c.step),
            {any(c.from)}, [c](const auto& in) { return slice(in[0], c.axis, c.begin, c.end, c.step); }, c.to,
            [c](Index at, const Tensors<double>& in) {
                at[c.normalized] = c.first + at[c.normalized] * static_cast<std::size_t>(c.step);
                return in[0].value().data()[flatten(c.from, at)];
            }));
    return op;
}

Op stack_op() {
    Op op{"stack(vector<Tensor>, ptrdiff_t)",
          {},
          {invalid<ShapeError>("stack: expected at least one Tensor, got none",
                               []<class T>(Zeros<T>) { stack(std::vector<Tensor<T>>{}); }),
           invalid<ShapeError>("stack: axis 2 is out of range for an array with 2 axes",
                               []<class T>(Zeros<T> zeros) { stack<T>({zeros({3})}, 2); }),
           invalid<ShapeError>("stack: input 1 has shape (2), input 0 has (3)",
                               []<class T>(Zeros<T> zeros) { stack<T>({zeros({3}), zeros({2})}); })}};
    struct Case {
        Shape part;
        std::size_t count;
        std::ptrdiff_t axis;
        std::size_t normalized;
        Shape shape;
    };
    const Case cases[] = {{{}, 1, 0, 0, {1}},           {{}, 3, -1, 0, {3}},
                          {{3}, 2, 0, 0, {2, 3}},       {{3}, 2, -1, 1, {3, 2}},
                          {{2, 3}, 2, 1, 1, {2, 2, 3}}, {{0, 3}, 2, 2, 2, {0, 3, 2}}};
    for (const Case& c : cases) {
        Tensors<double> parts;
        for (std::size_t i = 0; i < c.count; ++i) parts.push_back(any(c.part));
        op.samples.push_back(sample(
            fmt::format("{} of {} along {}", c.count, to_string(c.part), c.axis), parts,
            [axis = c.axis](const auto& in) { return stack(in, axis); }, c.shape,
            [axis = c.normalized](Index at, const Tensors<double>& in) {
                const std::size_t part = at[axis];
                at.erase(at.begin() + static_cast<std::ptrdiff_t>(axis));
                return element(in[part], at);
            }));
    }
    return op;
}

// Part number `part` of x, which begins there along an axis.
template <class F>
Sample part_sample(const Shape& from, const Shape& to, std::size_t axis, std::size_t begin, F call) {
    return sample(
        fmt::format("{} from {} along {} of {}", to_string(to), begin, axis, to_string(from)), {any(from)},
        [call](const auto& in) { return call(in[0]); }, to,
        [=](Index at, const Tensors<double>& in) {
            at[axis] += begin;
            return element(in[0], at);
        });
}

std::vector<Op> split_ops() {
    return {
        {"split(Tensor, size_t, ptrdiff_t)",
         {part_sample({5}, {2}, 0, 2, [](const auto& x) { return split(x, 2).at(1); }),
          part_sample({0, 3}, {0, 3}, 0, 0, [](const auto& x) { return split(x, 2).at(0); }),
          part_sample({5}, {1}, 0, 4, [](const auto& x) { return split(x, 2).at(2); }),
          part_sample({2, 3}, {2, 2}, 1, 0, [](const auto& x) { return split(x, 2, -1).at(0); }),
          part_sample({1}, {1}, 0, 0, [](const auto& x) { return split(x, 7).at(0); }),
          part_sample({3, 0}, {1, 0}, 0, 2, [](const auto& x) { return split(x, 2).at(1); })},
         {invalid<ValueError>("split: expected parts of at least one element, got 0",
                              [](auto zeros) { split(zeros({3}), 0); }),
          invalid<ShapeError>("split: axis 1 is out of range for an array with 1 axis",
                              [](auto zeros) { split(zeros({3}), 1, 1); })}},
        {"split(Tensor, vector<size_t>, ptrdiff_t)",
         {part_sample({5}, {3}, 0, 2, [](const auto& x) { return split(x, {2, 3}).at(1); }),
          part_sample({3, 0}, {2, 0}, 0, 1, [](const auto& x) { return split(x, {1, 2}).at(1); }),
          part_sample({2, 3}, {2, 1}, 1, 2, [](const auto& x) { return split(x, {0, 2, 1}, -1).at(2); }),
          part_sample({2, 3}, {2, 0}, 1, 0, [](const auto& x) { return split(x, {0, 2, 1}, -1).at(0); }),
          part_sample({1}, {1}, 0, 0,
                      [](const auto& x) { return split(x, std::vector<std::size_t>{1}).at(0); })},
         {invalid<ShapeError>("split: the extents (2, 2) do not add up to axis 1 of (2, 3), which has 3",
                              [](auto zeros) { split(zeros({2, 3}), {2, 2}, 1); }),
          invalid<ShapeError>(
              "split: the extents (4611686018427387904, 4611686018427387904, 4611686018427387904, 4611686018427387906) do not add up to axis 0 of (2, 4), which has 2",
              [](auto zeros) {
                  const std::size_t quarter = std::size_t{1} << 62;
                  split(zeros({2, 4}), {quarter, quarter, quarter, quarter + 2});
              }),
          invalid<ShapeError>("split: axis 1 is out of range for an array with 1 axis",
                              [](auto zeros) { split(zeros({3}), {1, 2}, 1); })}}};
}

Op flip_op() {
    Op op{"flip(Tensor, Axes)",
          {},
          {invalid<ShapeError>("flip: axis 1 is out of range for an array with 1 axis",
                               [](auto zeros) { flip(zeros({3}), {1}); }),
           invalid<ShapeError>("flip: axis 1 is given twice",
                               [](auto zeros) { flip(zeros({3, 2}), {1, -1}); })}};
    struct Case {
        Shape shape;
        Axes axes, normalized;
    };
    const Case cases[] = {
        {{}, {}, {}},     {{3}, {0}, {0}},          {{2, 3}, {1}, {1}},           {{2, 3}, {0, -1}, {0, 1}},
        {{2, 3}, {}, {}}, {{0, 3}, {0, 1}, {0, 1}}, {{2, 3, 2}, {-2, 0}, {0, 1}}, {{1}, {0}, {0}}};
    for (const Case& c : cases)
        op.samples.push_back(sample(
            fmt::format("{} along {}", to_string(c.shape), fmt::join(c.axes, ", ")), {any(c.shape)},
            [axes = c.axes](const auto& in) { return flip(in[0], axes); }, c.shape,
            [c](Index at, const Tensors<double>& in) {
                for (const auto axis : c.normalized) {
                    const auto i = static_cast<std::size_t>(axis);
                    at[i] = c.shape[i] - 1 - at[i];
                }
                return element(in[0], at);
            }));
    return op;
}

// The position that a padded one stands for, found by walking: back at an end (reflect), or staying there.
std::size_t walked(std::size_t at, const Padding& padding, std::size_t extent, PadMode mode) {
    std::size_t position = 0;
    bool up = true;
    if (mode == PadMode::replicate) return at < padding.first ? 0 : std::min(at - padding.first, extent - 1);
    for (std::size_t i = 0; i < (at > padding.first ? at - padding.first : padding.first - at); ++i) {
        if (position + 1 == extent) up = false;
        position = up ? position + 1 : position - 1;
    }
    return position;
}

Op pad_op() {
    Op op{"pad(Tensor, vector<Padding>, PadMode, double)",
          {},
          {invalid<ShapeError>("pad: 2 paddings for x (3)",
                               [](auto zeros) { pad(zeros({3}), {{1, 1}, {1, 1}}); }),
           invalid<ShapeError>("pad: cannot add 18446744073709551615 and 0 elements to axis 0 of (4)",
                               [](auto zeros) { pad(zeros({4}), {{static_cast<std::size_t>(-1), 0}}); }),
           invalid<ShapeError>("pad: axis 1 of (2, 3) is too short to reflect 3 elements",
                               [](auto zeros) { pad(zeros({2, 3}), {{3, 0}}, PadMode::reflect); }),
           invalid<ShapeError>("pad: axis 1 of (2, 0) is too short to replicate 1 elements",
                               [](auto zeros) { pad(zeros({2, 0}), {{0, 1}}, PadMode::replicate); }),
           invalid<ShapeError>(too_large("pad", "(0, 1152921504606846976)"),
                               [](auto zeros) { pad(zeros({0, 0}), {{0, std::size_t{1} << 60}}); })}};
    struct Case {
        Shape from;
        std::vector<Padding> paddings;
        Shape to;
        bool has_elements = true;
    };
    const Case cases[] = {{{3}, {{1, 2}}, {6}},
                          {{2, 3}, {{0, 2}}, {2, 5}},
                          {{3, 2}, {{2, 1}, {1, 0}}, {6, 3}},
                          {{2, 2, 3}, {{1, 1}, {2, 2}}, {2, 4, 7}},
                          {{2, 3}, {}, {2, 3}},
                          {{2, 3}, {{0, 0}, {0, 0}}, {2, 3}},
                          {{}, {}, {}},
                          {{0, 3}, {{1, 1}}, {0, 5}},
                          {{3, 0}, {{1, 0}}, {3, 1}, false}};
    for (const auto& [mode, name] : {std::pair(PadMode::constant, "constant"),
                                     {PadMode::reflect, "reflect"},
                                     {PadMode::replicate, "replicate"}})
        for (const Case& c : cases) {
            if (mode != PadMode::constant && !c.has_elements) continue;
            op.samples.push_back(sample(
                fmt::format("{} to {}, {}", to_string(c.from), to_string(c.to), name), {any(c.from)},
                [c, mode = mode](const auto& in) { return pad(in[0], c.paddings, mode, 1.5); }, c.to,
                [c, mode = mode](Index at, const Tensors<double>& in) {
                    const std::size_t first = c.from.size() - c.paddings.size();
                    for (std::size_t i = 0; i < c.paddings.size(); ++i) {
                        std::size_t& position = at[first + i];
                        const Padding padding = c.paddings[i];
                        const std::size_t extent = c.from[first + i];
                        if (mode != PadMode::constant)
                            position = walked(position, padding, extent, mode);
                        else if (position < padding.first || position >= padding.first + extent)
                            return 1.5;
                        else
                            position -= padding.first;
                    }
                    return element(in[0], at);
                }));
        }
    return op;
}

Op tile_op() {
    Op op{"tile(Tensor, Shape)",
          {},
          {invalid<ShapeError>(too_large("tile", "(1099511627776, 1, 1099511627776, 1)"),
                               [](auto zeros) { tile(zeros({1}), {huge, huge}); })}};
    struct Case {
        Shape from, repeats, to;
    };
    const Case cases[] = {{{}, {2, 2}, {2, 2}},
                          {{3}, {2}, {6}},
                          {{2, 3}, {2}, {2, 6}},
                          {{3}, {2, 1}, {2, 3}},
                          {{2, 1, 2}, {1, 3, 2}, {2, 3, 4}},
                          {{2, 3}, {0, 1}, {0, 3}},
                          {{0, 3}, {2, 2}, {0, 6}},
                          {{}, {}, {}}};
    for (const Case& c : cases)
        op.samples.push_back(sample(
            fmt::format("{} {} times", to_string(c.from), to_string(c.repeats)), {any(c.from)},
            [repeats = c.repeats](const auto& in) { return tile(in[0], repeats); }, c.to,
            [from = c.from](Index at, const Tensors<double>& in) {
                for (std::size_t i = 1; i <= from.size(); ++i) at[at.size() - i] %= from[from.size() - i];
                return element(in[0], at);
            }));
    return op;
}

template <class F>
Op triangle_op(const std::string& name, F call,
               bool (*is_kept)(std::ptrdiff_t right, std::ptrdiff_t diagonal)) {
    Op op{name + "(Tensor, ptrdiff_t)",
          {},
          {invalid<ShapeError>(name + ": expected at least two axes, got (3)",
                               [=](auto zeros) { call(zeros({3}), 0); })}};
    for (const std::ptrdiff_t diagonal : {0, 1, -1, 5})
        for (const Shape& shape : {Shape{1, 1}, Shape{2, 3}, Shape{3, 2}, Shape{2, 3, 3}, Shape{0, 2}})
            op.samples.push_back(sample(
                fmt::format("{} from {}", to_string(shape), diagonal), {any(shape)},
                [=](const auto& in) { return call(in[0], diagonal); }, shape,
                [=](const Index& at, const Tensors<double>& in) {
                    const auto right = static_cast<std::ptrdiff_t>(at.back()) -
                                       static_cast<std::ptrdiff_t>(at[at.size() - 2]);
                    return is_kept(right, diagonal) ? element(in[0], at) : 0;
                }));
    return op;
}

}  // namespace

std::vector<Op> slicing_ops() {
    std::vector<Op> ops{concatenate_op(),
                        stack_op(),
                        slice_op(),
                        flip_op(),
                        pad_op(),
                        tile_op(),
                        triangle_op(
                            "triu", [](const auto& x, auto diagonal) { return triu(x, diagonal); },
                            [](auto right, auto diagonal) { return right >= diagonal; }),
                        triangle_op(
                            "tril", [](const auto& x, auto diagonal) { return tril(x, diagonal); },
                            [](auto right, auto diagonal) { return right <= diagonal; })};
    for (const Op& op : split_ops()) ops.push_back(op);
    return ops;
}

}  // namespace xgrad::registry
