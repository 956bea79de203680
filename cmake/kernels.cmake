# errno and the floating-point flags, which nothing reads, are not maintained, so loops can be vectorized. Results do not change
# (-ffast-math would change them).
set(kernel_options -fno-math-errno -fno-trapping-math)
# What they define is not exported: the public kernels are the dispatcher's.
list(APPEND kernel_options -fvisibility=hidden)
# -O3, and optimized in a debug build too: xsimd 8 with AVX-512 does not compile otherwise.
list(APPEND kernel_options $<$<NOT:$<CONFIG:Release,RelWithDebInfo,MinSizeRel>>:-O2> $<$<CONFIG:Release>:-O3>)
# GCC 12 warns about its own AVX-512 intrinsics, which pass an uninitialised vector on purpose.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND kernel_options -Wno-uninitialized)
endif()

# The loops are compiled once for each instruction set, each time into a namespace of its own, and chosen at run time
# (core/kernels/dispatch.cpp). A build for this machine's processor, or for a processor other than x86-64, has a single set.
file(GLOB kernels CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/core/kernels/*.cpp)
# Loops that are compiled once, for every set: memory bounds them, or they call those of a set.
set(compiled_once convolution convolution_weights correlation_winograd few_channels few_pixels pooling weights_winograd)
list(TRANSFORM compiled_once REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/core/kernels/\\1.cpp")
list(REMOVE_ITEM kernels ${compiled_once} ${PROJECT_SOURCE_DIR}/core/kernels/dispatch.cpp ${PROJECT_SOURCE_DIR}/core/kernels/gemm.cpp)
set_source_files_properties(${compiled_once} core/array_math.cpp PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>)
if(XGRAD_NATIVE OR NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    set_source_files_properties(${kernels} PROPERTIES COMPILE_OPTIONS "${kernel_options}" SKIP_PRECOMPILE_HEADERS ON)
    return()
endif()

get_target_property(others xgrad_core SOURCES)
list(REMOVE_ITEM others ${kernels})
set_target_properties(xgrad_core PROPERTIES SOURCES "${others}")
target_compile_definitions(xgrad_core PRIVATE XGRAD_DISPATCH)
foreach(isa_and_flag sse2=x86-64 avx2=x86-64-v3 avx512=x86-64-v4)
    string(REPLACE "=" ";" isa_and_flag ${isa_and_flag})
    list(GET isa_and_flag 0 isa)
    list(GET isa_and_flag 1 architecture)
    add_library(xgrad_kernels_${isa} OBJECT ${kernels})
    set_target_properties(xgrad_kernels_${isa} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_compile_features(xgrad_kernels_${isa} PRIVATE cxx_std_20)
    target_include_directories(xgrad_kernels_${isa} PRIVATE ${XGRAD_INCLUDE_DIR})
    target_compile_definitions(xgrad_kernels_${isa} PRIVATE XGRAD_ISA=${isa})
    target_compile_options(xgrad_kernels_${isa} PRIVATE -march=${architecture} ${kernel_options})
    target_link_libraries(xgrad_kernels_${isa} PRIVATE xsimd)
    xgrad_compile_options(xgrad_kernels_${isa})
    target_sources(xgrad_core PRIVATE $<TARGET_OBJECTS:xgrad_kernels_${isa}>)
    if(XGRAD_BUILD_TESTS)
        add_test(NAME isa/${isa} COMMAND ${PROJECT_SOURCE_DIR}/scripts/check-isa $<TARGET_OBJECTS:xgrad_kernels_${isa}>
                 COMMAND_EXPAND_LISTS)
    endif()
endforeach()
