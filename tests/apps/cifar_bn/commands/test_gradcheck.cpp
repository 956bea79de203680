#include <doctest/doctest.h>

#include "apps/printed.hpp"
#include "apps/small_data.hpp"
#include "cifar_bn/commands/commands.hpp"

#include <xgrad/core/error.hpp>

using namespace cifar_bn;
using xgrad::test::printed;
using xgrad::test::TempDir;

namespace {

void run(const std::string& arguments) {
    CLI::App app;
    add_gradcheck(app);
    app.parse("gradcheck " + arguments);
}

}  // namespace

TEST_CASE("cifar_bn gradcheck: a table with every parameter") {
    const TempDir dir;
    const std::string data = xgrad::test::write_small_data(dir);
    const std::string text = printed([&] { run("--hidden 9,8 --images 2,7 --data " + data); });
    for (const char* expected :
         {"the first 2 training images; 20-9-8-10 with batch norm (epsilon 2.2e-16), lambda 0, seed 1",
          "the first 7 ", "\nW1 ", "\nb1 ", "\ngamma1 ", "\nbeta2 ", "\nW3 ", "gradcheck: passed\n"}) {
        CAPTURE(expected);
        CHECK(text.find(expected) != std::string::npos);
    }
    CHECK(text.find("published") == text.rfind("published"));  // but in the legend: not the report's net
}

TEST_CASE("cifar_bn gradcheck: exit status 1, and a line that says why, where the check fails") {
    const TempDir dir;
    const std::string data = xgrad::test::write_small_data(dir);
    // Behind a unit that is off, the next one has a score of exactly 0.
    int status = 0;
    const std::string text = printed([&] {
        try {
            run("--hidden 1,1,1,1 --images 4 --no-batch-norm --data " + data);
        } catch (const CLI::RuntimeError& error) {
            status = error.get_exit_code();
        }
    });
    CHECK(status == 1);
    CHECK(text.find("at a kink: b2(0), b3(0), b4(0)\n") != std::string::npos);
    CHECK(text.find("FAILED: ") != std::string::npos);
    CHECK(text.find("gradcheck: FAILED (see above)\n") != std::string::npos);
}

TEST_CASE("cifar_bn gradcheck: options, and an exit status for CLI11") {
    const TempDir dir;
    const std::string data = xgrad::test::write_small_data(dir);
    const auto parse = [&](const std::string& options) { run("--data " + data + " " + options); };
    CHECK_NOTHROW(parse("--hidden 5 --images 3 --no-batch-norm --lambda 0.1 --h 1e-6 --seed 3 --threads 1"));
    CHECK_THROWS_AS(parse("--hidden 1,1,1,1 --images 4 --no-batch-norm"), CLI::RuntimeError);
    CHECK_THROWS_WITH_AS(parse("--images 601"), "gradcheck: --images must be in 1 ... 600, got 601",
                         xgrad::ValueError);
    CHECK_THROWS_WITH_AS(parse("--h 0"), "gradcheck: --h must be positive, got 0", xgrad::ValueError);
    CHECK_THROWS_WITH_AS(parse("--threads 0"), "gradcheck: --threads must be at least 1, got 0",
                         xgrad::ValueError);
}
