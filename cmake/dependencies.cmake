# Imported targets are system libraries: the compiler does not warn about their headers.
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(xsimd REQUIRED)
find_package(xtensor REQUIRED)
find_package(ZLIB REQUIRED)
if(XGRAD_BUILD_APPS)
    find_package(CLI11 REQUIRED)
    find_package(OpenSSL REQUIRED COMPONENTS Crypto)
    find_package(PNG REQUIRED)
    find_package(Boost REQUIRED)  # Boost.Math's headers
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
endif()
if(XGRAD_BUILD_TESTS)
    find_package(doctest REQUIRED)
endif()

# The compiled library is compatible with headers of these versions: its interface depends on xtensor's minor and fmt's major version.
math(EXPR XGRAD_XTENSOR_END "${xtensor_VERSION_MINOR} + 1")
set(XGRAD_XTENSOR_END ${xtensor_VERSION_MAJOR}.${XGRAD_XTENSOR_END})
math(EXPR XGRAD_FMT_END "${fmt_VERSION_MAJOR} + 1")

# OpenBLAS, called through the headers of xtensor-blas.
include(${CMAKE_CURRENT_LIST_DIR}/xgradOpenBLAS.cmake)
find_path(XGRAD_XTENSOR_BLAS xtensor-blas/xblas.hpp)
foreach(found XGRAD_OPENBLAS XGRAD_XTENSOR_BLAS)
    if(NOT ${found})
        message(FATAL_ERROR "${found} is not found: on Debian, scripts/setup installs it (libopenblas-dev, libxtensor-blas-dev)")
    endif()
endforeach()
add_library(xgrad::blas INTERFACE IMPORTED)
target_include_directories(xgrad::blas INTERFACE ${XGRAD_XTENSOR_BLAS})
target_link_libraries(xgrad::blas INTERFACE xgrad::openblas)
