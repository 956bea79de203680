
#include <doctest/doctest.h>

#include "apps/small_data.hpp"
#include "shared/data/data_source.hpp"

#include <xgrad/core/error.hpp>

using namespace apps;
using xgrad::test::TempDir;
using xgrad::test::write_small_data;

TEST_CASE("split: refuses to leave nothing to train on") {
    const TempDir dir;
    const auto data = open_data(write_small_data(dir));
    CHECK(split(data, 100).train.size() == 500);
    CHECK(split(data, 100, 40).train.size() == 40);
    CHECK(split(data, 100, 40).validation.size() == 100);
    CHECK_THROWS_WITH_AS(split(data, 600),
                         "--validation: 600 of the 600 training images leave fewer than 2 to train on",
                         xgrad::ValueError);
    CHECK_THROWS_WITH_AS(split(data, 100, 501), "--images: expected 2 to 500, or 0 for all, got 501",
                         xgrad::ValueError);
}
