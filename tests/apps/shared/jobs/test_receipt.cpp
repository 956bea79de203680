#include "shared/jobs/receipt.hpp"

#include <doctest/doctest.h>

#include "apps/small_data.hpp"
#include "shared/data/data_source.hpp"

using namespace apps;
using xgrad::test::TempDir;
using xgrad::test::write_small_data;

TEST_CASE("make_receipt: the program, the data and the options, and what it is written as is what is read") {
    const TempDir dir;
    const Split data = split(open_data(write_small_data(dir)), 100);
    const Receipt receipt = make_receipt("program", data, {{"file", "sum"}}, {{"lambda", 0.5}});
    CHECK(receipt.program == "program");
    CHECK(receipt.data.name == "small");
    CHECK(receipt.data.image_shape == std::array<std::size_t, 3>{1, 4, 5});
    CHECK(receipt.data.train == 500);
    CHECK(receipt.data.validation == 100);
    CHECK(receipt.data.test == 100);
    CHECK(receipt.binary_sha256.size() == 64);
    const nlohmann::json json = receipt;
    CHECK(json[options_key]["lambda"] == 0.5);
    CHECK(nlohmann::json(json.get<Receipt>()) == json);
}

TEST_CASE("receipt_differences: what makes another training, and what may change the last bits") {
    const nlohmann::json one{
        {"data", "small"}, {"isa", "avx2"}, {"options", {{"lambda", 0.5}, {"threads", 2}}}};
    nlohmann::json other = one;
    CHECK(receipt_differences(one.dump(), other.dump(2)).training.empty());
    CHECK(receipt_differences(one.dump(), other.dump(2)).last_bits.empty());
    other["isa"] = "sse2";
    other["options"] = {{"lambda", 0.25}, {"threads", 1}, {"seed", 1}};
    const auto differences = receipt_differences(one.dump(), other.dump());
    CHECK(differences.training ==
          std::vector<std::string>{"options/lambda was 0.5, is 0.25", "options/seed was nothing, is 1"});
    CHECK(differences.last_bits ==
          std::vector<std::string>{R"(isa was "avx2", is "sse2")", "options/threads was 2, is 1"});
    for (const std::string& damaged :
         {std::string(), std::string("[]"), std::string("{"), std::string(100, '[')})
        CHECK(receipt_differences(damaged, one.dump()).training.size() == 2);
}
