include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(XGRAD_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/xgrad)

if(XGRAD_NATIVE)  # the first rule, so nothing is written before it
    install(CODE [[message(FATAL_ERROR "xgrad: this build is for this machine's processor only (XGRAD_NATIVE). To install or package, \
configure with -DXGRAD_NATIVE=OFF, or with the preset `portable`.")]] ALL_COMPONENTS)
endif()

# xgrad_install_floor(<name> [PACKAGES ...] [PRIVATE_HEADERS ...]): the install rules of xgrad_floor().
function(xgrad_install_floor name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PACKAGES;PRIVATE_HEADERS")
    install(TARGETS xgrad_${name} EXPORT xgrad-${name} COMPONENT xgrad INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT xgrad-${name} NAMESPACE xgrad:: DESTINATION ${XGRAD_PACKAGE_DIR} COMPONENT xgrad)
    file(GLOB_RECURSE headers RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS ${name}/*.hpp)
    list(REMOVE_ITEM headers "" ${arg_PRIVATE_HEADERS})
    file(GLOB_RECURSE lists RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS ${name}/*.def)  # included by headers
    foreach(header IN LISTS headers lists)
        cmake_path(GET header PARENT_PATH folder)
        install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/xgrad/${folder} COMPONENT xgrad)
    endforeach()
    set_property(GLOBAL APPEND PROPERTY XGRAD_HEADERS ${headers})
    if(arg_PACKAGES)
        set_property(GLOBAL APPEND_STRING PROPERTY XGRAD_PACKAGES "set(xgrad_${name}_PACKAGES \"${arg_PACKAGES}\")\n")
    endif()
endfunction()

# xgrad_install_package(<floor>...): the package configuration of the installed floors. xgrad::xgrad links those named, lowest first.
function(xgrad_install_package)
    set(floors ${ARGN})
    list(GET floors -1 top)
    install(TARGETS xgrad EXPORT xgrad-${top} COMPONENT xgrad)
    install(FILES xgrad.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/xgrad COMPONENT xgrad)

    get_property(packages GLOBAL PROPERTY XGRAD_PACKAGES)
    set(made ${PROJECT_BINARY_DIR}/package)
    configure_package_config_file(cmake/xgradConfig.cmake.in ${made}/xgradConfig.cmake INSTALL_DESTINATION ${XGRAD_PACKAGE_DIR}
                                  NO_SET_AND_CHECK_MACRO)
    write_basic_package_version_file(${made}/xgradConfigVersion.cmake COMPATIBILITY SameMinorVersion)  # before 1.0 each minor version may break
    install(FILES ${made}/xgradConfig.cmake ${made}/xgradConfigVersion.cmake cmake/xgradOpenBLAS.cmake DESTINATION ${XGRAD_PACKAGE_DIR}
            COMPONENT xgrad)

    set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
    string(REGEX REPLACE "[^/]+" ".." pc_prefix ${pc_dir})
    set(pc_requires "xtensor >= ${xtensor_VERSION} xtensor < ${XGRAD_XTENSOR_END}")
    set(pc_linked "fmt zlib openblas")
    if(BUILD_SHARED_LIBS)
        string(APPEND pc_requires "\nRequires.private: ${pc_linked}")
    else()  # a program that links a static library also links its dependencies
        string(APPEND pc_requires " ${pc_linked}")
    endif()
    list(REVERSE floors)  # a static library precedes its dependencies
    list(TRANSFORM floors PREPEND -lxgrad_ OUTPUT_VARIABLE pc_libs)
    list(JOIN pc_libs " " pc_libs)
    configure_file(cmake/xgrad.pc.in ${made}/xgrad.pc @ONLY)
    install(FILES ${made}/xgrad.pc DESTINATION ${pc_dir} COMPONENT xgrad)
endfunction()
