#pragma once

#include <cstddef>
#include <vector>

#include <nlohmann/json.hpp>

#include <xgrad/autograd/ops.hpp>

// What the calls of ops and of modules read alike from their options.
namespace xgrad::conformance {

using Options = nlohmann::json;

inline Shape shape(const Options& option) {
    const auto list = option.get<std::vector<std::size_t>>();
    return {list.begin(), list.end()};
}
inline Pair pair(const Options& option) { return {option[0], option[1]}; }

inline Conv1dOptions conv1d_options(const Options& o) {
    return {o["stride"], o["padding"], o["dilation"], o["groups"]};
}
inline Conv2dOptions conv2d_options(const Options& o) {
    return {pair(o["stride"]), pair(o["padding"]), pair(o["dilation"]), o["groups"]};
}
inline ConvTranspose2dOptions conv_transpose2d_options(const Options& o) {
    return {pair(o["stride"]), pair(o["padding"]), pair(o["dilation"]), pair(o["output_padding"]),
            o["groups"]};
}
inline MaxPool2dOptions max_pool2d_options(const Options& o) {
    return {pair(o["stride"]), pair(o["padding"]), pair(o["dilation"]), o["ceil_mode"] == true};
}
inline AvgPool2dOptions avg_pool2d_options(const Options& o) {
    return {pair(o["stride"]), pair(o["padding"]), o["ceil_mode"] == true, o["count_include_pad"] == true};
}

}  // namespace xgrad::conformance
