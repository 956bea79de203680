# The Debian package libxgrad-dev, by `cpack -G DEB` (preset `package`).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "small deep learning framework in C++20")
set(CPACK_PACKAGE_DESCRIPTION "Reverse-mode automatic differentiation over xtensor arrays, with
modules, optimizers and data sets: the headers and the static libraries,
for CMake and for pkg-config.")
set(CPACK_DEBIAN_PACKAGE_NAME libxgrad-dev)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The xgrad authors")
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libfmt-dev (>= ${fmt_VERSION}), libfmt-dev (<< ${XGRAD_FMT_END}~), libopenblas-dev, \
libxtensor-dev (>= ${xtensor_VERSION}), libxtensor-dev (<< ${XGRAD_XTENSOR_END}~), zlib1g-dev")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian_documents.cmake)
set(CPACK_XGRAD_SOURCE_DIR ${PROJECT_SOURCE_DIR})
include(CPack)

# The API's reference, by the target xgrad_docs.
find_package(Doxygen QUIET)
if(NOT DOXYGEN_FOUND)
    message(STATUS "xgrad: Doxygen is not found, the target xgrad_docs is left out")
    return()
endif()
get_property(headers GLOBAL PROPERTY XGRAD_HEADERS)
list(JOIN headers " " headers)
configure_file(docs/Doxyfile.in ${PROJECT_BINARY_DIR}/docs/Doxyfile @ONLY)
add_custom_target(xgrad_docs COMMAND Doxygen::doxygen ${PROJECT_BINARY_DIR}/docs/Doxyfile WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
