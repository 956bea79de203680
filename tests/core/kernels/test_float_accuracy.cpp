#include <string>

#include <doctest/doctest.h>

#include "support/float_accuracy.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

// Every 4093rd float and some of each sign and exponent; the infinities, the zeros and NaN; and where errors
// of exp, log, tanh and sigmoid are large.
std::vector<float> sample() {
    std::vector<float> x{0x1.62c02ap+6f, 0x1.e90808p+1f,  0x1.67cc32p+0f, 0x1.56f5d6p+1f,
                         0x1.4370e8p-1f, -0x1.4370e8p-1f, -0x1.78ef1cp+2f};
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 4093)
        x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    for (std::uint32_t top = 0; top < 512; ++top)
        for (const std::uint32_t rest : {0u, 1u, 0x7fffffu})
            x.push_back(std::bit_cast<float>(top << 23 | rest));
    return x;
}

}  // namespace

TEST_CASE("unary: exp, log, tanh, sigmoid and sqrt of a float are within their bounds") {
    for (const FloatFunction& function : float_functions) {
        const FloatError error = float_error(function, sample());
        INFO(std::string(function.name));
        CAPTURE(error.normal_at);
        CAPTURE(error.subnormal_at);
        CHECK(error.normal <= function.normal_bound);
        CHECK(error.subnormal <= function.subnormal_bound);
    }
}

TEST_CASE("ulp_error: in units of the float's last place, at a power of two that above it") {
    CHECK(ulp_error(1.0f, 1.0) == 0);
    CHECK(ulp_error(1.0f, 1.0 + 0x1p-24) == 0.5);
    CHECK(ulp_error(1.0f, 1.0 - 0x1p-24) == 1);
    CHECK(ulp_error(-3.0f, -3.0 + 0x1p-22) == 1);
    CHECK(ulp_error(0.0f, 0x1p-149) == 1);
    CHECK(ulp_error(0x1p-126f, 0x1p-126 - 0x1p-150) == 0.5);
    constexpr float inf = std::numeric_limits<float>::infinity(),
                    nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(ulp_error(inf, 1e300) == 0);
    CHECK(ulp_error(inf, 0x1p128 - 0x1p104) == 1);
    CHECK(ulp_error(-inf, -std::numeric_limits<double>::infinity()) == 0);
    CHECK(ulp_error(nan, static_cast<double>(nan)) == 0);
    CHECK(ulp_error(0.0f, 0.0) == 0);
    for (const double wrong :
         {ulp_error(nan, 1.0), ulp_error(1.0f, static_cast<double>(nan)), ulp_error(-0.0f, 0.0)})
        CHECK(wrong == std::numeric_limits<double>::infinity());
}
