#include "cifar_bn/evidence/twin.hpp"

#include <doctest/doctest.h>
#include <xgrad/page/prose.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/io/write_file.hpp>
#include "shared/files/json.hpp"
#include "support/temp_dir.hpp"

using namespace cifar_bn;
using xgrad::page::prose;
using xgrad::test::TempDir;

namespace {

struct Results {
    TempDir folder;

    Results(const std::string& losses, const std::string& accuracies) {
        xgrad::write_file(folder.path() / "losses.csv",
                          "step,xgrad_double,pytorch_double,xgrad_float,pytorch_float\n" + losses);
        xgrad::write_file(folder.path() / "accuracies.csv", "seed,xgrad,pytorch\n" + accuracies);
    }
    std::string said() const {
        return std::get<xgrad::page::Paragraph>(twin_section(folder.path())->blocks[0]).text;
    }
};

const std::string losses = "1,2,2,2,2\n2,2,2.00000000002,2,2.0000001\n3,2,2,2,2.1\n";

}  // namespace

TEST_CASE("twin: how far the losses differ, for how many steps they agree, whether the accuracies do") {
    const Results same(losses, "1,53.5,53.6\n2,53.4,53.3\n3,53.6,53.5\n");
    CHECK(same.said() == prose(R"(
        PyTorch has trained the net of section 2.2 from the same initial weights with the same batches (`scripts/twin`). In
        double the losses of the first 3 steps differ by at most 1e-11, relative to the loss; in float the two stay within
        1e-06 for 2 steps. Over 3 seeds the test accuracy of PyTorch is 53.47 ± 0.15 %, ours 53.50 ± 0.10 %: equivalent within
        0.5 points (two one-sided tests, p = 0.0057).)"));
    const auto section = twin_section(same.folder.path());
    const auto& table = std::get<xgrad::page::Table>(section->blocks[2]);
    CHECK(table.rows[1] == std::vector<std::string>{"2", "53.40", "53.30"});
    const std::string other = Results(losses, "1,53.5,52.6\n2,53.4,52.3\n").said();
    CHECK(other.find("not shown to be equivalent within 0.5 points") != std::string::npos);
}

TEST_CASE("twin: no section without results, a message for a file that is something else") {
    CHECK_FALSE(twin_section(TempDir().path()));
    CHECK_FALSE(twin_section(Results("", "").folder.path()));
    const Results torn("1,2,2\n", "1,53.5,53.6\n");
    CHECK_THROWS_WITH_AS(twin_section(torn.folder.path()),
                         prose("twin: {}: expected 5 numbers in a line, got '1,2,2'; run scripts/twin again",
                               (torn.folder.path() / "losses.csv").string())
                             .c_str(),
                         xgrad::DataError);
    CHECK_THROWS_AS(twin_section(Results("1,2,2,2,nan\n", "1,53.5,53.6\n").folder.path()), xgrad::DataError);
}
