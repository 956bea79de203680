#include "shared/data/split.hpp"

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace apps {

using xgrad::fail;
using xgrad::ValueError;

Split split(const xgrad::TrainTest& data, std::size_t validation, std::size_t images) {
    const std::size_t all = data.train.size();
    if (validation + 1 >= all)
        fail<ValueError>(
            "--validation",
            fmt::format("{} of the {} training images leave fewer than 2 to train on", validation, all));
    const std::size_t left = all - validation;
    if (images == 1 || images > left)
        fail<ValueError>("--images", fmt::format("expected 2 to {}, or 0 for all, got {}", left, images));
    const xgrad::Dataset train = data.train.slice(0, images == 0 ? left : images);
    return {train, data.train.slice(left, validation), data.test, xgrad::Normalizer(train)};
}

}  // namespace apps
