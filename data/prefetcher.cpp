#include <xgrad/data/prefetcher.hpp>

#include <algorithm>
#include <utility>

#include <xgrad/core/kernels/update.hpp>
#include <xgrad/core/parallel.hpp>

namespace xgrad {
namespace {

constexpr std::size_t cache_line = 64;     // in bytes: a thread's columns are whole cache lines
constexpr std::size_t part_size = 16384;  // values per part: a few microseconds of work

constexpr std::size_t parts_of(std::size_t count, std::size_t size) { return (count + size - 1) / size; }

}  // namespace

template <class T>
Prefetcher<T>::Prefetcher(Dataset data, Affine<T> affine)
    : data_(std::move(data)), affine_(std::move(affine)) {}

template <class T>
void Prefetcher<T>::start(std::span<const std::size_t> rows) {
    cancel();
    const std::size_t count = rows.size(), features = data_.features(),
                      threads = static_cast<std::size_t>(num_threads());
    const std::size_t part_columns = parts_of(features, threads * cache_line) * cache_line;
    const std::size_t part_rows = part_size / (part_columns + 1) + 1;
    const std::size_t parts_of_rows = parts_of(count, part_rows);
    values_ = Array<T>(Shape{count, features});
    conversion_.start(parts_of(features, part_columns) * parts_of_rows, [=, this](std::size_t part) {
        const std::size_t column = part / parts_of_rows * part_columns,
                          row = part % parts_of_rows * part_rows;
        kernels::scale_bytes(std::min(part_rows, count - row), std::min(part_columns, features - column),
                             features, data_.images().data() + column, rows.data() + row,
                             affine_.scale.data() + column, affine_.shift.data() + column,
                             values_.data() + row * features + column);
    });
}

template <class T>
Array<T> Prefetcher<T>::finish() {
    conversion_.finish();
    return std::move(values_);
}

template class Prefetcher<float>;
template class Prefetcher<double>;

}  // namespace xgrad
