#pragma once

namespace xgrad {

/// An instruction set that the kernels are compiled for.
enum class Isa { neon, sse2, avx2, avx512 };

/// The instruction set whose kernels run: the best that this build holds and this processor has, or what
/// $XGRAD_ISA names. A build with XGRAD_NATIVE holds one.
/// @throws ValueError  $XGRAD_ISA names no instruction set, or one that this build or this processor lacks.
Isa isa();

/// `neon`, `sse2`, `avx2` or `avx512`, as in $XGRAD_ISA.
const char* to_string(Isa isa);

}  // namespace xgrad
