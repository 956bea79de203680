# The imported target xgrad::openblas, if OpenBLAS is found. This file is installed too, for xgradConfig.cmake. The CMake package of
# xtensor-blas is not used, because it links whatever BLAS and LAPACK it finds.
if(TARGET xgrad::openblas)
    return()
endif()
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
    pkg_check_modules(XGRAD_OPENBLAS_PC QUIET openblas)
endif()
find_library(XGRAD_OPENBLAS openblas HINTS ${XGRAD_OPENBLAS_PC_LIBRARY_DIRS}
             PATH_SUFFIXES openblas-pthread openblas-openmp openblas-serial)
if(XGRAD_OPENBLAS)
    add_library(xgrad::openblas UNKNOWN IMPORTED)
    set_target_properties(xgrad::openblas PROPERTIES IMPORTED_LOCATION ${XGRAD_OPENBLAS})
endif()
