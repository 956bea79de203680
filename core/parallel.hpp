#pragma once

namespace xgrad {

/// How many threads matrix products may use; 1 until it is called.
/// @throws ValueError  count < 1.
void set_num_threads(int count);

/// The count in force.
int num_threads();

/// The kernels that OpenBLAS picked for this processor, such as `SkylakeX`.
const char* blas_core();

}  // namespace xgrad
