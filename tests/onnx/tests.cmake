# The tests of xgrad::onnx, one of them in a runtime that has nothing to do with xgrad or libonnx: OpenCV's dnn. Debian's
# libopencv-dnn-dev has no CMake package.
find_path(XGRAD_OPENCV_INCLUDE opencv2/dnn.hpp PATH_SUFFIXES opencv4)
find_library(XGRAD_OPENCV_CORE opencv_core)
find_library(XGRAD_OPENCV_DNN opencv_dnn)
if(XGRAD_OPENCV_INCLUDE AND XGRAD_OPENCV_CORE AND XGRAD_OPENCV_DNN)
    list(APPEND native_only onnx/test_opencv.cpp)  # a minute under the sanitizers, which have nothing to say of OpenCV
    xgrad_tests(onnx LINK xgrad::onnx onnx ${XGRAD_OPENCV_DNN} ${XGRAD_OPENCV_CORE})
    target_compile_definitions(xgrad_test_onnx PRIVATE XGRAD_VERSION="${PROJECT_VERSION}")
    target_include_directories(xgrad_test_onnx SYSTEM PRIVATE ${XGRAD_OPENCV_INCLUDE})
else()
    message(STATUS "The tests of ONNX export are left out: OpenCV's dnn is not found (Debian: libopencv-dnn-dev)")
endif()
