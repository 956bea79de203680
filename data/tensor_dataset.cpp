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

}  // namespace xgrad::detail
