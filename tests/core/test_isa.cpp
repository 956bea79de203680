#include <xgrad/core/isa.hpp>

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

using namespace xgrad;

TEST_CASE("isa: what $XGRAD_ISA names, or one of the four") {
    const std::string name = to_string(isa());
    const char* wanted = std::getenv("XGRAD_ISA");
    CHECK((wanted ? name == wanted : name == "neon" || name == "sse2" || name == "avx2" || name == "avx512"));
    CHECK(isa() == isa());
}
