#include <doctest/doctest.h>
#include <fmt/format.h>

#include "apps/cifar_bn/trained.hpp"

#include <xgrad/core/error.hpp>

using namespace cifar_bn;
using xgrad::DataError;
using xgrad::test::Bytes;
using xgrad::test::output_of;
using xgrad::test::Trained;

TEST_CASE("evaluate: says of a saved model what its training said") {
    for (const char* scalar : {"float", "double"}) {
        const Trained trained(scalar);
        const double accuracy = trained.result->last().test.accuracy;
        REQUIRE(accuracy > 0.9);
        const std::string text =
            output_of("evaluate --model " + trained.dir.file("model") + " --data " + trained.data_folder);
        CAPTURE(text);
        CHECK(text.starts_with(trained.dir.file("model") + " on 100 images of small's test set, loss "));
        const auto [low, high] = xgrad::confidence_interval(trained.result->test_confusion.correct(), 100);
        CHECK(text.find(fmt::format("\nall              100   {:6.2f} %   {:6.2f} to {:6.2f} %\n",
                                    100 * accuracy, 100 * low, 100 * high)) != text.npos);
        CHECK(text.ends_with(
            "By class (down: truth, across: prediction)\n" +
            to_string(trained.result->test_confusion, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})));
    }
}

TEST_CASE("evaluate: images that are not of the model's kind are refused") {
    const Trained trained;
    const std::string evaluate = "evaluate --model " + trained.dir.file("model");
    const std::string file = trained.dir.write("batch.bin", Bytes(2 * 3073));
    CHECK_THROWS_WITH_AS(
        output_of(evaluate + " --file " + file),
        doctest::Contains(
            "evaluate: the model was trained on small (1 x 4 x 5, 10 classes), these images are CIFAR-10 (3 x 32 x 32, 10 classes of other names)"),
        xgrad::ValueError);
    CHECK_THROWS_AS(output_of(evaluate + " --file " + trained.dir.write("short.bin", Bytes(3000))),
                    DataError);
    CHECK_THROWS_AS(output_of(evaluate + " --file " + trained.dir.write("odd.bin", Bytes(3073 + 1))),
                    DataError);
    CHECK_THROWS_AS(output_of(evaluate + " --file " + trained.dir.file("none")), DataError);
    CHECK_THROWS_AS(output_of(evaluate + " --file " + file + " --data " + trained.data_folder),
                    CLI::ParseError);
}
