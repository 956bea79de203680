#include <xgrad/data/tensor_dataset.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/shape.hpp>

namespace xgrad::detail {

std::size_t common_rows(std::span<const Shape> fields) {
    const auto refuse = [&](std::size_t i, const std::string& what) {
        fail<ShapeError>("TensorDataset",
                         fmt::format("field {} of shape {} {}", i, to_string(fields[i]), what));
    };
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].empty()) refuse(i, "has no axis of samples");
        if (fields[i][0] != fields[0][0])
            refuse(i, fmt::format("has another number of samples than field 0 of shape {}",
                                  to_string(fields[0])));
    }
    return fields.empty() ? 0 : fields[0][0];
}

void fail_integers(const char* what, std::size_t field) {
    fail<ValueError>("Batches",
                     fmt::format("field {} has integers, which cannot be {}{}", field, what,
                                 std::string_view(what) == "mixed" ? ": give one-hot rows instead" : ""));
}

template <class T>
Array<T> mixed_rows(const Array<T>& x, std::span<const std::size_t> rows, std::span<const Mix> mixes) {
    Array<T> y = select_rows(x, rows);
    if constexpr (std::is_floating_point_v<T>) {  // check_mixable() has refused integers
        const std::size_t size = rows.empty() ? 0 : y.size() / rows.size();
        for (std::size_t i = 0; i < mixes.size(); ++i) {
            const T* other = x.data() + rows[mixes[i].other] * size;
            T* to = y.data() + i * size;
            for (std::size_t j = 0; j < size; ++j)
                to[j] = other[j] + static_cast<T>(mixes[i].weight) * (to[j] - other[j]);
        }
    }
    return y;
}

#define INSTANTIATE(T) \
    template Array<T> mixed_rows(const Array<T>&, std::span<const std::size_t>, std::span<const Mix>);
INSTANTIATE(float)
INSTANTIATE(double)
INSTANTIATE(std::int32_t)
#undef INSTANTIATE

}  // namespace xgrad::detail
