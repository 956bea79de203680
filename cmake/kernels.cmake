# The hot loops: no one reads errno or the floating-point flags, so that they can become vector loops. Results are not changed
# (-ffast-math would change them).
file(GLOB kernels CONFIGURE_DEPENDS core/kernels/*.cpp)
set_source_files_properties(${kernels} PROPERTIES COMPILE_OPTIONS "-fno-math-errno;-fno-trapping-math")

# Optimized in a debug build too: xsimd 8 with AVX-512 does not even compile without.
set_property(SOURCE ${kernels} APPEND PROPERTY COMPILE_OPTIONS $<$<NOT:$<CONFIG:Release,RelWithDebInfo,MinSizeRel>>:-O1>)

# GCC 12 warns of its own AVX-512 intrinsics, which pass an uninitialised vector on purpose.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set_property(SOURCE core/kernels/elementwise.cpp APPEND PROPERTY COMPILE_OPTIONS -Wno-uninitialized)
endif()
