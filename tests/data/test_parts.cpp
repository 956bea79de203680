#include <xgrad/data/batches.hpp>

#include <doctest/doctest.h>

#include "support/arrays.hpp"
#include "support/temp_dir.hpp"

#include <xgrad/core/error.hpp>

// Batches of which a process makes a part.
using namespace xgrad;
using namespace xgrad::test;

namespace {

Dataset images() {
    Rng rng(1);
    Bytes pixels, labels;
    for (int i = 0; i < 26 * 12; ++i) pixels.push_back(static_cast<std::uint8_t>(rng.below(256)));
    for (int i = 0; i < 26; ++i) labels.push_back(static_cast<std::uint8_t>(rng.below(3)));
    return Dataset("noise", {"a", "b", "c"}, {3, 2, 2}, pixels, labels);
}

// The middle of a batch, of odd bounds.
RowRange middle(std::size_t rows) { return {rows / 3, rows - rows / 4}; }

template <class T>
std::vector<T> rows_of(const Tensor<T>& x, const RowRange& part) {
    const std::size_t size = x.size() / x.shape()[0];
    return {x.value().data() + part.first * size, x.value().data() + part.last * size};
}
std::vector<std::int32_t> rows_of(const Indices& x, const RowRange& part) {
    return {x.begin() + part.first, x.begin() + part.last};
}

// Two epochs of parts are those of whole batches.
template <class Make, class Check>
void compare(const Make& make, const Check& check) {
    auto whole = make();
    auto parts = make();
    parts->take_part(middle);
    Rng rng(2), same(2);
    for (int i = 0; i < 6; ++i) {
        const auto& expected = whole->next(rng);
        const auto& found = parts->next(same);
        REQUIRE(parts->last_size() == whole->last_size());
        check(expected, found, middle(whole->last_size()));
    }
    parts->take_part(nullptr);
    const auto &expected = whole->next(rng), &found = parts->next(same);
    check(expected, found, {0, whole->last_size()});
}

}  // namespace

TEST_CASE_TEMPLATE("Batches: a part of a batch of images is what the whole one has there", T, float, double) {
    const Dataset data = images();
    const auto check = [](const Batch<T>& whole, const Batch<T>& part, const RowRange& rows) {
        CHECK(part.x.shape() == Shape{rows.size(), 12});
        CHECK(elements(part.x.value()) == rows_of(whole.x, rows));
        CHECK(elements(part.labels.values()) == rows_of(whole.labels, rows));
        REQUIRE(part.soft_labels.defined() == whole.soft_labels.defined());
        if (part.soft_labels.defined())
            CHECK(elements(part.soft_labels.value()) == rows_of(whole.soft_labels, rows));
    };
    const auto with = [&](BatchOptions<T> options) {
        return [&data, options] { return std::make_unique<ImageBatches<T>>(data, 10, options); };
    };
    const Normalizer normalizer(data);
    compare(with({.transforms = {Normalize(normalizer)}}), check);
    compare(with({.transforms = {RandomCrop(1), RandomHorizontalFlip(), Normalize(normalizer)}}), check);
    compare(with({.transforms = {RandomHorizontalFlip(), Normalize(normalizer)}, .mixup = 0.3}), check);
}

TEST_CASE("Batches: a part of a batch of fields is what the whole one has there") {
    Rng rng(3);
    const TensorDataset classified(randn({26, 5}, rng), Indices(std::vector<std::int32_t>(26, 1)));
    using Classified = Batches<TensorLoader<std::remove_const_t<decltype(classified)>>>;
    compare([&] { return std::make_unique<Classified>(classified, 10); },
            [](const auto& whole, const auto& part, const RowRange& rows) {
                CHECK(elements(std::get<0>(part).value()) == rows_of(std::get<0>(whole), rows));
                CHECK(elements(std::get<1>(part).values()) == rows_of(std::get<1>(whole), rows));
            });
    const TensorDataset mixed(randn({26, 5}, rng), randn({26, 2}, rng));
    using Mixed = Batches<TensorLoader<std::remove_const_t<decltype(mixed)>>>;
    compare([&] { return std::make_unique<Mixed>(mixed, 10, BatchOptions<>{.mixup = 0.5}); },
            [](const auto& whole, const auto& part, const RowRange& rows) {
                CHECK(elements(std::get<0>(part).value()) == rows_of(std::get<0>(whole), rows));
                CHECK(elements(std::get<1>(part).value()) == rows_of(std::get<1>(whole), rows));
            });
}

TEST_CASE("Batches: a part that is not in the batch is refused") {
    ImageBatches<float> batches(images(), 10);
    for (const RowRange& part : {RowRange{0, 11}, {3, 2}}) {
        batches.take_part([part](std::size_t) { return part; });
        CHECK_THROWS_WITH_AS(batches.next(),
                             ("Batches: the part [" + std::to_string(part.first) + ", " +
                              std::to_string(part.last) + ") is no part of a batch of 10 rows")
                                 .c_str(),
                             ValueError);
    }
}
