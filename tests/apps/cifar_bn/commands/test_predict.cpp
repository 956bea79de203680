#include <doctest/doctest.h>

#include "apps/cifar_bn/trained.hpp"

#include <xgrad/core/error.hpp>

using namespace cifar_bn;
using xgrad::DataError;
using xgrad::test::Bytes;
using xgrad::test::output_of;
using xgrad::test::Trained;

namespace {

// An image of the small data set's pattern for that class, as a PGM.
Bytes pattern(std::size_t label) {
    const std::string header = "P5\n5 4\n255\n";
    Bytes file(header.begin(), header.end());
    for (std::size_t pixel = 0; pixel < 20; ++pixel) file.push_back(pixel % 10 == label ? 200 : 80);
    return file;
}

}  // namespace

TEST_CASE("predict: names the most probable classes of each picture, whatever its size") {
    const Trained trained;
    const std::string four = trained.dir.write("four.pgm", pattern(4)),
                      seven = trained.dir.write("seven.pgm", pattern(7));
    const std::string model = " --model " + trained.dir.file("model");
    const std::string text = output_of("predict " + four + " " + seven + model);
    CAPTURE(text);
    CHECK(text.starts_with(four + ": 4 "));
    CHECK(text.find("\n" + seven + ": 7 ") != text.npos);
    CHECK(std::count(text.begin(), text.end(), '%') == 6);
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
    const std::string one = output_of("predict --top 1 " + four + model);
    CHECK(std::count(one.begin(), one.end(), '%') == 1);
    const std::string all = output_of("predict --top 99 " + four + model);
    CHECK(std::count(all.begin(), all.end(), '%') == 10);
    CHECK_THROWS_AS(output_of("predict " + four + " " + trained.dir.file("none") + model), DataError);
}
