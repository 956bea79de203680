#include <xgrad/core/isa.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>
#ifndef XGRAD_DISPATCH
#include <xgrad/core/kernels/simd.hpp>
#endif

namespace xgrad {
namespace {

constexpr std::array names{"neon", "sse2", "avx2", "avx512"};

#ifdef XGRAD_DISPATCH
constexpr std::array compiled{Isa::avx512, Isa::avx2, Isa::sse2};  // the best one first

bool processor_has(Isa isa) {
    __builtin_cpu_init();
    if (isa == Isa::avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
    if (isa == Isa::avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2");
    return true;
}
#else
constexpr std::array compiled{Isa::XGRAD_ISA};

bool processor_has(Isa) { return true; }
#endif

Isa choose() {
    const char* wanted = std::getenv("XGRAD_ISA");
    const bool any = !wanted || !*wanted;
    std::vector<std::string_view> usable;
    for (const Isa isa : usable_isas()) {
        if (any || std::string_view(wanted) == to_string(isa)) return isa;
        usable.emplace_back(to_string(isa));
    }
    fail<ValueError>("isa", fmt::format("XGRAD_ISA is '{}'; this build and this processor can do: {}", wanted,
                                        joined(usable, ", ")));
}

}  // namespace

std::vector<Isa> usable_isas() {
    std::vector<Isa> usable;
    std::copy_if(compiled.begin(), compiled.end(), std::back_inserter(usable), processor_has);
    return usable;
}

Isa isa() {
    static const Isa chosen = choose();
    return chosen;
}

const char* to_string(Isa isa) { return names[static_cast<std::size_t>(isa)]; }

}  // namespace xgrad
