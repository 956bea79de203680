# xgrad::onnx, xgrad::tensorboard and xgrad::mpi, components of their own: xgrad::xgrad does not link them, and their headers include none of the
# libraries that they need.
if(PROJECT_IS_TOP_LEVEL)
    set(wanted AUTO)
else()
    set(wanted OFF)
endif()
set(XGRAD_ONNX ${wanted} CACHE STRING "Build xgrad::onnx: ON, OFF, or AUTO (if libonnx is found)")
set(XGRAD_TENSORBOARD ${wanted} CACHE STRING "Build xgrad::tensorboard: ON, OFF, or AUTO (if protobuf and Boost are found)")
set(XGRAD_MPI ${wanted} CACHE STRING "Build xgrad::mpi: ON, OFF, or AUTO (if an MPI and Boost.Context are found)")
set_property(CACHE XGRAD_ONNX XGRAD_TENSORBOARD XGRAD_MPI PROPERTY STRINGS AUTO ON OFF)

# xgrad_not_found(<option> <what> <Debian packages>): says so; an error unless the option is AUTO.
function(xgrad_not_found option what packages)
    if(${option} STREQUAL "AUTO")
        message(STATUS "${option}: ${what} is not found, so this component is left out (Debian: ${packages})")
    else()
        message(FATAL_ERROR "${option}: ${what} is not found: on Debian, scripts/setup --test installs it (${packages})")
    endif()
endfunction()

if(XGRAD_ONNX OR XGRAD_TENSORBOARD)
    find_package(Protobuf QUIET)
endif()

if(XGRAD_ONNX)
    if(Protobuf_FOUND)
        find_package(ONNX CONFIG QUIET)
    endif()
    if(TARGET onnx_proto)
        xgrad_floor(onnx PUBLIC xgrad::nn PRIVATE onnx_proto PACKAGES Protobuf ONNX
                    PRIVATE_HEADERS onnx/graph.hpp onnx/image_modules.hpp onnx/modules.hpp onnx/serialize.hpp)
        target_compile_definitions(xgrad_onnx PRIVATE XGRAD_VERSION="${PROJECT_VERSION}")
    else()
        xgrad_not_found(XGRAD_ONNX "libonnx or protobuf" "libonnx-dev, libprotobuf-dev")
    endif()
endif()

if(XGRAD_TENSORBOARD)
    find_package(Boost QUIET)  # the headers of Boost.CRC
    if(TARGET protobuf::libprotobuf-lite AND TARGET protobuf::protoc AND TARGET Boost::headers)
        xgrad_floor(tensorboard PUBLIC xgrad::train PRIVATE protobuf::libprotobuf-lite $<BUILD_INTERFACE:Boost::headers> PACKAGES Protobuf)
        set(XGRAD_PROTOBUF_DIR ${PROJECT_BINARY_DIR}/protobuf)  # <tensorboard/event.pb.h> is made here
        file(MAKE_DIRECTORY ${XGRAD_PROTOBUF_DIR})
        protobuf_generate(PROTOS tensorboard/event.proto PROTOC_OUT_DIR ${XGRAD_PROTOBUF_DIR} OUT_VAR generated)
        set_source_files_properties(${generated} PROPERTIES COMPILE_OPTIONS -w)  # no warnings of code that is not ours
        target_sources(xgrad_tensorboard PRIVATE ${generated})
        target_include_directories(xgrad_tensorboard SYSTEM PRIVATE ${XGRAD_PROTOBUF_DIR})
    else()
        xgrad_not_found(XGRAD_TENSORBOARD "protobuf, its compiler or Boost" "libprotobuf-dev, protobuf-compiler, libboost-dev")
    endif()
endif()

if(XGRAD_MPI)
    find_package(MPI QUIET COMPONENTS CXX)
    find_package(Boost QUIET COMPONENTS context)
    if(TARGET MPI::MPI_CXX AND TARGET Boost::context)
        xgrad_floor(mpi PUBLIC xgrad::train PRIVATE MPI::MPI_CXX Boost::context PACKAGES "MPI COMPONENTS CXX" "Boost COMPONENTS context"
                    PRIVATE_HEADERS mpi/detail/fiber.hpp mpi/detail/mailbox.hpp mpi/detail/mpi_handles.hpp mpi/detail/shard_gradients.hpp mpi/detail/shard_group.hpp mpi/detail/shard_tree.hpp)
        target_compile_definitions(xgrad_mpi PRIVATE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)  # its C++ interface, which is obsolete
        if(XGRAD_SANITIZE MATCHES thread)  # which notes calls on the stack of the fiber that runs: none may begin on one and end on another
            set_source_files_properties(mpi/detail/fiber.cpp PROPERTIES
                COMPILE_OPTIONS "-fno-sanitize=thread;-DXGRAD_TSAN" SKIP_PRECOMPILE_HEADERS ON)
        endif()
    else()
        xgrad_not_found(XGRAD_MPI "an MPI or Boost.Context" "libopenmpi-dev, libboost-context-dev")
    endif()
endif()
