#include "jet_array.hpp"

#include <algorithm>

namespace xgrad::programs {

const Jet& JetArray::at(const Index& at) const {
    Index own(shape.size());
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        own[axis] = shape[axis] == 1 ? 0 : at.at(axis + at.size() - shape.size());
    return data[registry::flatten(shape, own)];
}

Groups group(const JetArray& x, const Axes& axes, KeepDims keepdims) {
    const std::size_t rank = x.shape.size();
    std::vector<bool> gone(rank);
    for (const std::ptrdiff_t axis : axes) gone.at(static_cast<std::size_t>(axis)) = true;
    Groups result;
    for (std::size_t axis = 0; axis < rank; ++axis)
        if (!gone[axis] || keepdims == KeepDims::yes) result.shape.push_back(gone[axis] ? 1 : x.shape[axis]);
    result.groups.resize(size_of(result.shape));
    for (std::size_t i = 0; i < x.data.size(); ++i) {
        const Index from = registry::unflatten(x.shape, i);
        Index to;
        for (std::size_t axis = 0; axis < rank; ++axis)
            if (!gone[axis] || keepdims == KeepDims::yes) to.push_back(gone[axis] ? 0 : from[axis]);
        result.groups[registry::flatten(result.shape, to)].push_back(x.data[i]);
    }
    return result;
}

Jet sum(const std::vector<Jet>& x) {
    Jet sum = 0;
    for (const Jet& element : x) sum = sum + element;
    return sum;
}

Jet mean(const std::vector<Jet>& x) { return sum(x) / static_cast<double>(x.size()); }

Jet variance(const std::vector<Jet>& x, std::size_t correction) {
    const Jet center = mean(x);
    Jet sum = 0;
    for (const Jet& element : x) sum = sum + square(element - center);
    return sum / static_cast<double>(x.size() - correction);
}

Jet amax(const std::vector<Jet>& x) {
    Jet largest = x.at(0);
    for (std::size_t i = 1; i < x.size(); ++i) largest = maximum(largest, x[i]);
    return largest;
}

Jet amin(const std::vector<Jet>& x) {
    Jet smallest = x.at(0);
    for (std::size_t i = 1; i < x.size(); ++i) smallest = minimum(smallest, x[i]);
    return smallest;
}

Jet logsumexp(const std::vector<Jet>& x) {
    Jet sum = 0;
    for (const Jet& element : x) sum = sum + exp(element);
    return log(sum);
}

JetArray transpose(const JetArray& x, const Axes& order) {
    Shape shape;
    for (const std::ptrdiff_t axis : order) shape.push_back(x.shape.at(static_cast<std::size_t>(axis)));
    return generate(shape, [&](const Index& at) {
        Index from(at.size());
        for (std::size_t i = 0; i < at.size(); ++i) from[static_cast<std::size_t>(order[i])] = at[i];
        return x.at(from);
    });
}

JetArray sum_to(const JetArray& x, const Shape& shape) {
    JetArray y = generate(shape, [](const Index&) { return Jet(0); });
    for (std::size_t i = 0; i < x.data.size(); ++i) {
        const Index from = registry::unflatten(x.shape, i);
        Index to(from.end() - static_cast<std::ptrdiff_t>(shape.size()), from.end());
        for (std::size_t axis = 0; axis < shape.size(); ++axis)
            if (shape[axis] == 1) to[axis] = 0;
        Jet& sum = y.data[registry::flatten(shape, to)];
        sum = sum + x.data[i];
    }
    return y;
}

JetArray concatenate(const std::vector<JetArray>& xs, std::size_t axis) {
    Shape shape = xs.at(0).shape;
    shape[axis] = 0;
    for (const JetArray& x : xs) shape[axis] += x.shape[axis];
    return generate(shape, [&](Index at) {
        auto part = xs.begin();
        for (; at[axis] >= part->shape[axis]; ++part) at[axis] -= part->shape[axis];
        return part->data[registry::flatten(part->shape, at)];
    });
}

JetArray slice(const JetArray& x, std::size_t axis, std::size_t begin, std::size_t end) {
    Shape shape = x.shape;
    shape[axis] = end - begin;
    return generate(shape, [&](Index at) {
        at[axis] += begin;
        return x.data[registry::flatten(x.shape, at)];
    });
}

JetArray matmul(const JetArray& a, const JetArray& b) {
    const auto leading = [](const Shape& shape) { return Shape(shape.begin(), shape.end() - 2); };
    Shape shape = registry::naive_broadcast(leading(a.shape), leading(b.shape));
    shape.insert(shape.end(), {a.shape[a.shape.size() - 2], b.shape.back()});
    return generate(shape, [&](const Index& at) {
        Index from_a = at, from_b = at;
        std::size_t& column = from_a.back();
        std::size_t& row = from_b[at.size() - 2];
        Jet sum = 0;
        for (column = row = 0; column < a.shape.back(); ++column, ++row)
            sum = sum + a.at(from_a) * b.at(from_b);
        return sum;
    });
}

JetArray batch_norm(const JetArray& x, const JetArray& gamma, const JetArray& beta, double epsilon) {
    const Groups columns = group(x, {0}, KeepDims::no);
    return generate(x.shape, [&](const Index& at) {
        const std::vector<Jet>& column = columns.groups[at[1]];
        const Jet normalized = (x.at(at) - mean(column)) / sqrt(variance(column, 0) + epsilon);
        return gamma.at({at[1]}) * normalized + beta.at({at[1]});
    });
}

JetArray log_softmax(const JetArray& x) {
    const Groups rows = group(x, {static_cast<std::ptrdiff_t>(x.shape.size()) - 1}, KeepDims::no);
    return generate(x.shape, [&](const Index& at) {
        const Index row(at.begin(), at.end() - 1);
        return x.at(at) - logsumexp(rows.groups[registry::flatten(rows.shape, row)]);
    });
}

JetArray cross_entropy(const JetArray& logits, const Indices& labels) {
    const JetArray log_probabilities = log_softmax(logits);
    std::vector<Jet> losses;
    for (std::size_t row = 0; row < labels.size(); ++row)
        losses.push_back(-log_probabilities.at({row, static_cast<std::size_t>(labels[row])}));
    return {{}, {mean(losses)}};
}

}  // namespace xgrad::programs
