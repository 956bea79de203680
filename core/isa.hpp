#pragma once

#include <vector>

namespace xgrad {

/// An instruction set that the kernels are compiled for.
enum class Isa { neon, sse2, avx2, avx512 };

/// The instruction set of the running kernels: the best one that this build contains and this processor
/// supports, or the one that $XGRAD_ISA names. A build with XGRAD_NATIVE contains one.
/// @throws ValueError  $XGRAD_ISA names no instruction set, or one that this build or this processor lacks.
Isa isa();

/// The instruction sets that this build contains and this processor supports, the best one first.
std::vector<Isa> usable_isas();

/// `neon`, `sse2`, `avx2` or `avx512`, as in $XGRAD_ISA.
const char* to_string(Isa isa);

}  // namespace xgrad
