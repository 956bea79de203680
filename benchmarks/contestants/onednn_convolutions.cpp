// The convolutions of oneDNN: a contestant of convolutions_side_by_side.
// Usage: onednn_convolutions plain|blocked. plain: x and y are (batch, channels, rows, columns), as in xgrad
// and libtorch. blocked: every array has the layout that oneDNN likes best; nothing is copied to or from it.
#include <memory>
#include <unordered_map>

#include <omp.h>
#include <dnnl.hpp>

#include "convolutions.hpp"

namespace {

using namespace dnnl;
using Arguments = std::unordered_map<int, memory>;

bool is_blocked = false;
const engine& cpu() {
    static const engine made(engine::kind::cpu, 0);
    return made;
}

memory::desc description(const contest::Extents& extents, memory::format_tag tag) {
    return {memory::dims(extents.begin(), extents.end()), memory::data_type::f32, tag};
}

// An array in the layout that a primitive takes.
memory in_layout(const memory::desc& layout, const contest::Extents& extents, unsigned seed) {
    auto values = contest::drawn(extents, seed);
    const memory plain(description(extents, memory::format_tag::abcd), cpu(), values.data());
    memory array(layout, cpu());
    stream s(cpu());
    reorder(plain, array).execute(s, const_cast<memory&>(plain), array);
    s.wait();
    return array;
}

contest::Run run(const contest::Layer& layer, std::int64_t batch) {
    const memory::dims strides{layer.stride, layer.stride}, padding{layer.padding(), layer.padding()};
    const auto image = is_blocked ? memory::format_tag::any : memory::format_tag::nchw;
    const memory::desc x = description(layer.x(batch), image),
                       w = description(layer.w(), memory::format_tag::any),
                       y = description(layer.y(batch), image);
    const auto direct = algorithm::convolution_direct;
    const convolution_forward::primitive_desc forward(
        {prop_kind::forward_training, direct, x, w, y, strides, padding, padding}, cpu());
    const convolution_backward_data::primitive_desc dx({direct, x, w, y, strides, padding, padding}, cpu(),
                                                       forward);
    const convolution_backward_weights::primitive_desc dw({direct, x, w, y, strides, padding, padding}, cpu(),
                                                          forward);
    const auto call = [](const primitive& made, const Arguments& arguments) {
        return [=] {
            stream s(cpu());
            made.execute(s, arguments);
            s.wait();
        };
    };
    return {{"forward", call(convolution_forward(forward),
                             {{DNNL_ARG_SRC, in_layout(forward.src_desc(), layer.x(batch), 1)},
                              {DNNL_ARG_WEIGHTS, in_layout(forward.weights_desc(), layer.w(), 2)},
                              {DNNL_ARG_DST, memory(forward.dst_desc(), cpu())}})},
            {"dx", call(convolution_backward_data(dx),
                        {{DNNL_ARG_DIFF_DST, in_layout(dx.diff_dst_desc(), layer.y(batch), 3)},
                         {DNNL_ARG_WEIGHTS, in_layout(dx.weights_desc(), layer.w(), 2)},
                         {DNNL_ARG_DIFF_SRC, memory(dx.diff_src_desc(), cpu())}})},
            {"dw", call(convolution_backward_weights(dw),
                        {{DNNL_ARG_SRC, in_layout(dw.src_desc(), layer.x(batch), 1)},
                         {DNNL_ARG_DIFF_DST, in_layout(dw.diff_dst_desc(), layer.y(batch), 3)},
                         {DNNL_ARG_DIFF_WEIGHTS, memory(dw.diff_weights_desc(), cpu())}})}};
}

}  // namespace

int main(int argc, char** argv) {
    const std::string layout = argc > 1 ? argv[1] : "";
    if (layout != "plain" && layout != "blocked") {
        std::cerr << "usage: onednn_convolutions plain|blocked\n";
        return 1;
    }
    is_blocked = layout == "blocked";
    const dnnl_version_t& version = *dnnl_version();
    return contest::converse("oneDNN " + std::to_string(version.major) + "." + std::to_string(version.minor) +
                                 ", " + layout + " layouts",
                             contest::entries_of(run), omp_set_num_threads);
}
