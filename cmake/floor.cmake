# Headers are included as <xgrad/core/array.hpp>, in the tree as when installed: the build tree holds a link to the source root.
set(XGRAD_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${XGRAD_INCLUDE_DIR})
file(CREATE_LINK ${PROJECT_SOURCE_DIR} ${XGRAD_INCLUDE_DIR}/xgrad SYMBOLIC)

# xgrad_floor(<name> [PUBLIC <library>...] [PRIVATE <library>...]): the library xgrad::<name> of every source below <name>/.
function(xgrad_floor name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PUBLIC;PRIVATE")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${name}/*.cpp)
    if(NOT sources)  # nothing but headers
        add_library(xgrad_${name} INTERFACE)
        add_library(xgrad::${name} ALIAS xgrad_${name})
        target_include_directories(xgrad_${name} INTERFACE $<BUILD_INTERFACE:${XGRAD_INCLUDE_DIR}>)
        target_link_libraries(xgrad_${name} INTERFACE ${arg_PUBLIC})
        return()
    endif()
    add_library(xgrad_${name} ${sources})
    add_library(xgrad::${name} ALIAS xgrad_${name})
    set_target_properties(xgrad_${name} PROPERTIES EXPORT_NAME ${name})
    target_compile_features(xgrad_${name} PUBLIC cxx_std_20)
    target_include_directories(xgrad_${name} PUBLIC $<BUILD_INTERFACE:${XGRAD_INCLUDE_DIR}> $<INSTALL_INTERFACE:include>)
    target_link_libraries(xgrad_${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} fmt::fmt)
    xgrad_compile_options(xgrad_${name})
endfunction()
