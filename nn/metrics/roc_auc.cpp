#include <xgrad/nn/metrics/roc_auc.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <xgrad/nn/metrics/checks.hpp>

namespace xgrad {
namespace {

struct Example {
    double score;
    bool is_member;
};

// Sorts the examples by their scores, and counts the pairs of a member and another in which the member is
// higher.
double area(std::vector<Example>& examples) {
    std::sort(examples.begin(), examples.end(),
              [](const Example& a, const Example& b) { return a.score < b.score; });
    std::uint64_t members = 0, others = 0, twice_won = 0;  // among the examples so far
    for (auto next = examples.begin(); next != examples.end();) {
        std::uint64_t tied_members = 0, tied_others = 0;
        for (const double score = next->score; next != examples.end() && next->score == score; ++next)
            ++(next->is_member ? tied_members : tied_others);
        twice_won += tied_members * (2 * others + tied_others);
        members += tied_members;
        others += tied_others;
    }
    return static_cast<double>(twice_won) / (2 * static_cast<double>(members) * static_cast<double>(others));
}

// The area of the only column, which has the scores of class 1; or the mean over the columns, one for each
// class.
double mean_area(const char* op, std::size_t columns, const std::vector<double>& scores,
                 const std::vector<std::int32_t>& labels) {
    for (std::size_t label = 0; label < std::max<std::size_t>(columns, 2); ++label)
        if (std::find(labels.begin(), labels.end(), static_cast<std::int32_t>(label)) == labels.end())
            fail<ValueError>(
                op, fmt::format(
                        "none of the {} labels is {}: the area compares members of each class with others",
                        labels.size(), label));
    double sum = 0;
    std::vector<Example> examples(labels.size());
    for (std::size_t column = 0; column < columns; ++column) {
        const auto member = static_cast<std::int32_t>(columns == 1 ? 1 : column);
        for (std::size_t i = 0; i < labels.size(); ++i)
            examples[i] = {scores[i * columns + column], labels[i] == member};
        sum += area(examples);
    }
    return sum / static_cast<double>(columns);
}

template <class T>
std::size_t columns_of(const Tensor<T>& scores) {
    return scores.dim() == 1 ? 1 : scores.shape()[1];
}

std::string described(std::size_t columns) {
    return columns == 1 ? "(batch)" : fmt::format("(batch, {})", columns);
}

template <class T>
void check(const char* op, const Tensor<T>& scores, const Indices& labels) {
    const std::size_t rank = scores.dim();
    if ((rank != 1 && (rank != 2 || scores.shape()[1] < 2)) || scores.size() == 0)
        fail<ShapeError>(
            op, fmt::format("expected scores (batch), or (batch, classes) with 2 classes or more, got {}",
                            to_string(scores.shape())));
    detail::check_labels(op, "scores", scores, labels, std::max<std::size_t>(columns_of(scores), 2));
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (std::isnan(scores.value().data()[i]))
            fail<ValueError>(op,
                             fmt::format("row {} of scores {} has a NaN, which has no place in their order",
                                         i / columns_of(scores), to_string(scores.shape())));
}

}  // namespace

template <class T>
double roc_auc(const Tensor<T>& scores, const Indices& labels) {
    check("roc_auc", scores, labels);
    const T* values = scores.value().data();
    return mean_area("roc_auc", columns_of(scores), {values, values + scores.size()},
                     {labels.begin(), labels.end()});
}

template <class T>
void RocAuc::add(const Tensor<T>& scores, const Indices& labels) {
    check("RocAuc::add", scores, labels);
    if (columns_ != 0 && columns_ != columns_of(scores))
        fail<ShapeError>("RocAuc::add", fmt::format("expected scores {} as before, got {}",
                                                    described(columns_), to_string(scores.shape())));
    columns_ = columns_of(scores);
    const T* values = scores.value().data();
    scores_.insert(scores_.end(), values, values + scores.size());
    labels_.insert(labels_.end(), labels.begin(), labels.end());
}

RocAuc& RocAuc::operator+=(RocAuc other) {
    if (columns_ != 0 && other.columns_ != 0 && columns_ != other.columns_)
        fail<ValueError>("RocAuc::operator+=",
                         fmt::format("scores {} and {}", described(columns_), described(other.columns_)));
    columns_ = std::max(columns_, other.columns_);
    scores_.insert(scores_.end(), other.scores_.begin(), other.scores_.end());
    labels_.insert(labels_.end(), other.labels_.begin(), other.labels_.end());
    return *this;
}

double RocAuc::value() const {
    if (labels_.empty()) fail<ValueError>("RocAuc::value", "nothing was counted yet");
    return mean_area("RocAuc::value", columns_, scores_, labels_);
}

#define INSTANTIATE(T)                                         \
    template double roc_auc(const Tensor<T>&, const Indices&); \
    template void RocAuc::add(const Tensor<T>&, const Indices&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
