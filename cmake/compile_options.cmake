# How everything is compiled.
# A build of xgrad itself has these defaults. A project that includes xgrad makes its own choices.
if(PROJECT_IS_TOP_LEVEL)
    if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
        set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
    endif()
    find_program(XGRAD_CCACHE ccache)
    if(XGRAD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
        # What ccache asks for with precompiled headers: they may not depend on __TIME__ or on a macro defined before them.
        set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${XGRAD_CCACHE})
    endif()
endif()

# xgrad_compile_options(<target>): the compile options of every target of xgrad. They are private to the target.
function(xgrad_compile_options target)
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF VISIBILITY_INLINES_HIDDEN ON)  # the latter for small shared libraries
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # false positives of GCC 12 in inlined code of std::string and xtensor's shapes
        target_compile_options(${target} PRIVATE -Wno-restrict -Wno-maybe-uninitialized)
    endif()
    if(XGRAD_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
    if(XGRAD_NATIVE)
        target_compile_options(${target} PRIVATE -march=native)
    endif()
    if(XGRAD_SANITIZE)
        target_compile_options(${target} PRIVATE -fsanitize=${XGRAD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
        target_compile_definitions(${target} PRIVATE _GLIBCXX_ASSERTIONS)
        target_link_options(${target} PRIVATE -fsanitize=${XGRAD_SANITIZE})
    endif()
endfunction()

# xgrad_precompile(<target> [<header>...]): the headers that nearly every source includes are parsed once for all
# targets that say so, as are the further <header>s for the targets that name the same. Only in a build of xgrad
# itself: a project that includes xgrad gets none. The preset `debug` is without, and shows that every source
# includes what it uses.
function(xgrad_precompile target)
    # With shared libraries the code of some targets is position-independent, and that of others is not.
    if(NOT PROJECT_IS_TOP_LEVEL OR CMAKE_DISABLE_PRECOMPILE_HEADERS OR BUILD_SHARED_LIBS)
        return()
    endif()
    get_target_property(options ${target} COMPILE_OPTIONS)  # with others the compiler would refuse the header
    string(REGEX MATCH "-Os" small "${options}")
    string(MAKE_C_IDENTIFIER "xgrad_precompiled${small}${ARGN}" precompiled)
    if(NOT TARGET ${precompiled})
        file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/precompiled.cpp CONTENT "")
        add_library(${precompiled} OBJECT ${PROJECT_BINARY_DIR}/precompiled.cpp)
        target_compile_features(${precompiled} PRIVATE cxx_std_20)
        target_include_directories(${precompiled} PRIVATE ${XGRAD_INCLUDE_DIR})
        target_link_libraries(${precompiled} PRIVATE fmt::fmt xtensor)
        target_precompile_headers(${precompiled} PRIVATE
            <algorithm> <cmath> <filesystem> <functional> <map> <optional> <string> <vector> <fmt/format.h> <xtensor/xarray.hpp> ${ARGN})
        xgrad_compile_options(${precompiled})
        set_target_properties(${precompiled} PROPERTIES COMPILE_OPTIONS "${options}")
        if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")  # for ccache, which restores a file with a new time
            target_compile_options(${precompiled} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
        endif()
    endif()
    target_precompile_headers(${target} REUSE_FROM ${precompiled})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # false positives in std::string, only with precompiled headers
        target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow)
    endif()
endfunction()
