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
void mix_rows(Array<T>& rows, std::span<const Mix> mixes) {
    if (mixes.empty()) return;
    const Array<T> unmixed = rows;
    const std::size_t size = rows.size() / mixes.size();
    for (std::size_t i = 0; i < mixes.size(); ++i)
        mix_into(rows.data() + i * size, unmixed.data() + mixes[i].other * size, size, mixes[i].weight);
}

template void mix_rows(Array<float>&, std::span<const Mix>);
template void mix_rows(Array<double>&, std::span<const Mix>);

}  // namespace xgrad::detail
