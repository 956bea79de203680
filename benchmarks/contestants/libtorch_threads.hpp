// The threads of libtorch, for the contestants that use it.
#pragma once

#include <dlfcn.h>

#include <torch/torch.h>

namespace contest {

/// libtorch does not set the number of OpenBLAS's threads: by default there is one for each core.
inline void set_libtorch_threads(int count) {
    at::set_num_threads(count);
    if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
        reinterpret_cast<void (*)(int)>(set)(count);
}

}  // namespace contest
