#include <xgrad/core/kernels/pooling.hpp>

#include <algorithm>

#include <xgrad/core/kernels/reduce.hpp>
#include <xgrad/core/parallel.hpp>

namespace xgrad::kernels {
namespace {

// Calls f(plane) for all of them, shared between threads. `work`: the elements that a call reads and writes.
template <class F>
void for_each_plane(std::size_t planes, std::size_t work, F f) {
    parallel_for(planes, usual_grain / (work + 1) + 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t plane = begin; plane < end; ++plane) f(plane);
    });
}

double weight_of(const Stretch& row, const Stretch& column) {
    return 1 / static_cast<double>(row.divisor * column.divisor);
}

// Windows of a row that are alike, and `stride` apart.
struct Run {
    std::size_t count, stride;
    std::vector<std::int32_t> offsets;  // of the elements of the first one in the image
};

std::vector<Run> runs_of(const Pooling& pooling) {
    const std::vector<Stretch>& columns = pooling.columns;
    const auto length = [&](std::size_t i) { return columns[i].end - columns[i].begin; };
    std::vector<Run> runs;
    for (const Stretch& row : pooling.rows)
        for (std::size_t first = 0, next = 1; first < columns.size(); first = next++) {
            const std::size_t stride = next < columns.size() ? columns[next].begin - columns[first].begin : 1;
            while (next < columns.size() && length(next) == length(first) &&
                   columns[next].begin == columns[next - 1].begin + stride)
                ++next;
            runs.push_back({next - first, stride, {}});
            for (std::size_t i = row.begin; i < row.end; i += pooling.step[0])
                for (std::size_t j = columns[first].begin; j < columns[first].end; j += pooling.step[1])
                    runs.back().offsets.push_back(static_cast<std::int32_t>(i * pooling.input[1] + j));
        }
    return runs;
}

}  // namespace

template <class T>
void max_pool(std::size_t planes, const Pooling& pooling, const T* x, T* y, std::int32_t* positions) {
    const std::size_t inputs = pooling.input[0] * pooling.input[1], outputs = pooling.outputs();
    const std::vector<Run> runs = runs_of(pooling);
    for_each_plane(planes, inputs + outputs, [&](std::size_t plane) {
        std::size_t to = plane * outputs;
        for (const Run& run : runs) {
            window_maxima(run.count, run.stride, x + plane * inputs, run.offsets.size(), run.offsets.data(),
                          y + to, positions + to);
            to += run.count;
        }
    });
}

template <class T>
void max_pool_gradient(std::size_t planes, std::size_t inputs, std::size_t outputs,
                       const std::int32_t* positions, const T* dy, T* dx) {
    for_each_plane(planes, inputs + outputs, [=](std::size_t plane) {
        T* image = dx + plane * inputs;
        std::fill_n(image, inputs, T{0});
        for (std::size_t i = plane * outputs; i < (plane + 1) * outputs; ++i) image[positions[i]] += dy[i];
    });
}

template <class T>
void average_pool(std::size_t planes, const Pooling& pooling, const T* x, T* y) {
    const std::size_t inputs = pooling.input[0] * pooling.input[1], outputs = pooling.outputs();
    for_each_plane(planes, inputs + outputs, [&](std::size_t plane) {
        const T* image = x + plane * inputs;
        T* to = y + plane * outputs;
        for (const Stretch& row : pooling.rows)
            for (const Stretch& column : pooling.columns) {
                double sum = 0;
                for (std::size_t i = row.begin; i < row.end; ++i)
                    for (std::size_t j = column.begin; j < column.end; ++j)
                        sum += static_cast<double>(image[i * pooling.input[1] + j]);
                *to++ = static_cast<T>(sum * weight_of(row, column));
            }
    });
}

template <class T>
void average_pool_gradient(std::size_t planes, const Pooling& pooling, const T* dy, T* dx) {
    const std::size_t inputs = pooling.input[0] * pooling.input[1], outputs = pooling.outputs();
    for_each_plane(planes, inputs + outputs, [&](std::size_t plane) {
        T* image = dx + plane * inputs;
        const T* from = dy + plane * outputs;
        std::fill_n(image, inputs, T{0});
        for (const Stretch& row : pooling.rows)
            for (const Stretch& column : pooling.columns) {
                const T share = static_cast<T>(static_cast<double>(*from++) * weight_of(row, column));
                for (std::size_t i = row.begin; i < row.end; ++i)
                    for (std::size_t j = column.begin; j < column.end; ++j)
                        image[i * pooling.input[1] + j] += share;
            }
    });
}

#define INSTANTIATE(T)                                                                                    \
    template void max_pool(std::size_t, const Pooling&, const T*, T*, std::int32_t*);                     \
    template void max_pool_gradient(std::size_t, std::size_t, std::size_t, const std::int32_t*, const T*, \
                                    T*);                                                                  \
    template void average_pool(std::size_t, const Pooling&, const T*, T*);                                \
    template void average_pool_gradient(std::size_t, const Pooling&, const T*, T*);
INSTANTIATE(float)
INSTANTIATE(double)

}  // namespace xgrad::kernels
