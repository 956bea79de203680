# Headers are included as <xgrad/core/array.hpp>, in the tree as when installed: the build tree holds a link to each floor.
set(XGRAD_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)
file(REMOVE_RECURSE ${XGRAD_INCLUDE_DIR})  # links of earlier versions
file(MAKE_DIRECTORY ${XGRAD_INCLUDE_DIR}/xgrad)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/xgrad.hpp ${XGRAD_INCLUDE_DIR}/xgrad/xgrad.hpp SYMBOLIC)

# xgrad_floor(<name> [PUBLIC <library>...] [PRIVATE <library>...] [PACKAGES "<package> <versions>"...] [PRIVATE_HEADERS <header>...]):
# the library xgrad::<name> of every source below <name>/, installed with every header that is not private. PACKAGES are those that
# a user of the installed library needs; other libraries are linked as $<BUILD_INTERFACE:library>.
function(xgrad_floor name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PUBLIC;PRIVATE;PACKAGES;PRIVATE_HEADERS")
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${name} ${XGRAD_INCLUDE_DIR}/xgrad/${name} SYMBOLIC)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${name}/*.cpp)
    add_library(xgrad_${name} ${sources})
    add_library(xgrad::${name} ALIAS xgrad_${name})
    set_target_properties(xgrad_${name} PROPERTIES
        EXPORT_NAME ${name} VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} INSTALL_RPATH $ORIGIN)
    target_compile_features(xgrad_${name} PUBLIC cxx_std_20)
    target_include_directories(xgrad_${name} PUBLIC $<BUILD_INTERFACE:${XGRAD_INCLUDE_DIR}>)
    target_link_libraries(xgrad_${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} fmt::fmt)
    xgrad_compile_options(xgrad_${name})
    # All but the kernels (cmake/kernels.cmake) is as fast with -O2, and a fifth smaller; floors without loops of their own
    # with -Os, and a third smaller.
    if(PROJECT_IS_TOP_LEVEL)
        set(level -O2)
        if(name MATCHES "^(io|nn|optim|train|page|onnx|tensorboard|mpi)$")
            set(level -Os)
        endif()
        target_compile_options(xgrad_${name} PRIVATE $<$<CONFIG:Release>:${level}>)
    endif()
    xgrad_precompile(xgrad_${name})
    if(XGRAD_INSTALL)
        xgrad_install_floor(${name} PACKAGES ${arg_PACKAGES} PRIVATE_HEADERS ${arg_PRIVATE_HEADERS})
    endif()
endfunction()
