#include "shared/page/prose.hpp"

#include <doctest/doctest.h>

using apps::prose;

TEST_CASE("prose: one line, whatever lines the source has; what is inserted stays as it is") {
    CHECK(prose("one line") == "one line");
    CHECK(prose(R"(
              Two lines,
              and {} of {:.1f}.
          )",
                "a  value", 0.25) == "Two lines, and a  value of 0.2.");
    CHECK(prose("  ").empty());
}
