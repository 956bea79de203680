#include <xgrad/data/tensor_loader.hpp>

#include <string_view>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace xgrad::detail {

void fail_integers(const char* what, std::size_t field) {
    fail<ValueError>("Batches",
                     fmt::format("field {} has integers, which cannot be {}{}", field, what,
                                 std::string_view(what) == "mixed" ? ": give one-hot rows instead" : ""));
}

template <class T>
Array<T> mixed_rows(const Array<T>& rows, const RowRange& part, std::span<const Mix> mixes) {
    Shape shape = rows.shape();
    const std::size_t size = rows.size() / shape[0];
    shape[0] = part.size();
    Array<T> mixed = share(rows, shape, part.first * size);
    for (std::size_t i = 0; i < mixes.size(); ++i)
        mix_into(mixed.data() + i * size, rows.data() + mixes[i].other * size, size, mixes[i].weight);
    return mixed;
}

template Array<float> mixed_rows(const Array<float>&, const RowRange&, std::span<const Mix>);
template Array<double> mixed_rows(const Array<double>&, const RowRange&, std::span<const Mix>);

}  // namespace xgrad::detail
