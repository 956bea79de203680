#include "families.hpp"

// The ops that choose elements by their positions.
namespace xgrad::programs {
namespace {

Indices draw_indices(Draft& draft, const Shape& shape, std::size_t bound) {
    std::vector<std::int32_t> values;
    for (std::size_t i = 0; i < size_of(shape); ++i)
        values.push_back(static_cast<std::int32_t>(draft.below(bound)));
    return Indices(shape, values);
}

std::size_t at_flat(const Indices& index, const Index& at) {
    return static_cast<std::size_t>(index[registry::flatten(index.shape(), at)]);
}

Step make_index_select(Draft& draft) {
    const JetArray& x = draft.operand(has_axes);
    const std::size_t axis = draft.below(x.shape.size());
    const Indices index = draw_indices(draft, {1 + draft.below(3)}, x.shape[axis]);
    Shape shape = x.shape;
    shape[axis] = index.size();
    return {generate(shape,
                     [&](Index at) {
                         at[axis] = at_flat(index, {at[axis]});
                         return x.at(at);
                     }),
            [=](const auto& in) { return index_select(in[0], static_cast<std::ptrdiff_t>(axis), index); },
            fmt::format(", axis {}, {}", axis, index)};
}

Step make_embedding(Draft& draft) {
    const JetArray& weight = draft.operand(matrix);
    const Shape shape = draft.one_of({Shape{3}, Shape{2, 2}, Shape{}});
    const Indices index = draw_indices(draft, shape, weight.shape[0]);
    Shape to = shape;
    to.push_back(weight.shape[1]);
    return {generate(to,
                     [&](const Index& at) {
                         return weight.at({at_flat(index, Index(at.begin(), at.end() - 1)), at.back()});
                     }),
            [=](const auto& in) { return embedding(index, in[0]); }, fmt::format(", {}", index)};
}

// The axis and the index of `gather` or `scatter_add`; the element that number i of the index chooses.
struct Choice {
    std::size_t axis;
    Indices index;

    Choice(Draft& draft, const JetArray& x) : axis(draft.below(x.shape.size())) {
        Shape shape = x.shape;
        shape[axis] = 1 + draft.below(3);
        index = draw_indices(draft, shape, x.shape[axis]);
    }
    Index operator()(Index at) const {
        at[axis] = at_flat(index, at);
        return at;
    }
    std::string printed() const {
        return fmt::format(", axis {}, {} {}", axis, xgrad::to_string(index.shape()), index);
    }
};

Step make_gather(Draft& draft) {
    const JetArray& x = draft.operand(has_axes);
    const Choice choice(draft, x);
    return {
        generate(choice.index.shape(), [&](const Index& at) { return x.at(choice(at)); }),
        [=](const auto& in) { return gather(in[0], static_cast<std::ptrdiff_t>(choice.axis), choice.index); },
        choice.printed()};
}

Step make_scatter_add(Draft& draft) {
    JetArray y = draft.operand(has_axes);
    const Choice choice(draft, y);
    const JetArray& source = draft.operand(of_shape(choice.index.shape()));
    for (std::size_t i = 0; i < source.data.size(); ++i) {
        Jet& sum = y.data[registry::flatten(y.shape, choice(registry::unflatten(source.shape, i)))];
        sum = sum + source.data[i];
    }
    return {std::move(y),
            [=](const auto& in) {
                return scatter_add(in[0], static_cast<std::ptrdiff_t>(choice.axis), choice.index, in[1]);
            },
            choice.printed()};
}

Step make_masked_fill(Draft& draft) {
    const JetArray& x = draft.operand(any);
    Array<double> mask(x.shape);
    for (double& element : mask) element = static_cast<double>(draft.below(2));
    JetArray y = x;
    for (std::size_t i = 0; i < y.data.size(); ++i)
        if (mask.data()[i] != 0) y.data[i] = Jet(0.75);
    return {std::move(y), [m = Tensor<double>(mask)](const auto& in) { return masked_fill(in[0], m, 0.75); },
            fmt::format(", mask {}", std::vector<double>(mask.begin(), mask.end()))};
}

// Replaces each line along an axis by f(line).
template <class F>
JetArray by_line(const JetArray& x, std::size_t axis, std::size_t extent, F f) {
    const Groups lines = group(x, {static_cast<std::ptrdiff_t>(axis)}, KeepDims::yes);
    Shape shape = x.shape;
    shape[axis] = extent;
    return generate(shape, [&](Index at) {
        const std::size_t i = std::exchange(at[axis], 0);
        return f(lines.groups[registry::flatten(lines.shape, at)]).at(i);
    });
}

Step make_cumsum(Draft& draft) {
    const JetArray& x = draft.operand(has_axes);
    const std::size_t axis = draft.below(x.shape.size());
    return {by_line(x, axis, x.shape[axis],
                    [](std::vector<Jet> line) {
                        for (std::size_t i = 1; i < line.size(); ++i) line[i] = line[i] + line[i - 1];
                        return line;
                    }),
            [=](const auto& in) { return cumsum(in[0], static_cast<std::ptrdiff_t>(axis)); },
            fmt::format(", axis {}", axis)};
}

// By selection, because every comparison with `<` notes how close two elements are.
std::vector<Jet> sorted(std::vector<Jet> line, Order order) {
    for (std::size_t i = 0; i < line.size(); ++i)
        for (std::size_t j = i + 1; j < line.size(); ++j)
            if ((line[j] < line[i]) == (order == Order::ascending)) std::swap(line[i], line[j]);
    return line;
}

struct OrderedLines {
    const JetArray& x;
    std::ptrdiff_t axis;
    Order order;

    explicit OrderedLines(Draft& draft)
        : x(draft.operand(has_axes)),
          axis(static_cast<std::ptrdiff_t>(draft.below(x.shape.size()))),
          order(draft.one_of({Order::ascending, Order::descending})) {}
    JetArray first(std::size_t count) const {
        return by_line(x, static_cast<std::size_t>(axis), count,
                       [this](const std::vector<Jet>& line) { return sorted(line, order); });
    }
    std::string printed() const {
        return fmt::format(", axis {}, {}", axis, order == Order::ascending ? "ascending" : "descending");
    }
};

Step make_sort(Draft& draft) {
    const OrderedLines lines(draft);
    return {
        lines.first(lines.x.shape[static_cast<std::size_t>(lines.axis)]),
        [axis = lines.axis, order = lines.order](const auto& in) { return sort(in[0], axis, order).values; },
        lines.printed()};
}

Step make_topk(Draft& draft) {
    const OrderedLines lines(draft);
    const std::size_t k = 1 + draft.below(lines.x.shape[static_cast<std::size_t>(lines.axis)]);
    return {lines.first(k),
            [k, axis = lines.axis, order = lines.order](const auto& in) {
                return topk(in[0], k, axis, order).values;
            },
            fmt::format(", k {}{}", k, lines.printed())};
}

}  // namespace

std::vector<ProgramOp> indexing_ops() {
    return {{"index_select(Tensor, ptrdiff_t, Indices)", make_index_select},
            {"embedding(Indices, Tensor)", make_embedding},
            {"gather(Tensor, ptrdiff_t, Indices)", make_gather},
            {"scatter_add(Tensor, ptrdiff_t, Indices, Tensor)", make_scatter_add},
            {"masked_fill(Tensor, Tensor, double)", make_masked_fill},
            {"cumsum(Tensor, ptrdiff_t)", make_cumsum},
            {"sort(Tensor, ptrdiff_t, Order)", make_sort},
            {"topk(Tensor, size_t, ptrdiff_t, Order)", make_topk}};
}

}  // namespace xgrad::programs
