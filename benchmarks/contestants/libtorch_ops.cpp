// The ops of libtorch: a contestant of ops_side_by_side.
#include <algorithm>
#include <memory>

#include <torch/torch.h>

#include "libtorch_threads.hpp"
#include "ops.hpp"

namespace {

using contest::fixed;
using contest::index;
using contest::Input;
using contest::mask;
using contest::normal;
using contest::of;
using contest::positive;
using contest::probability;
using namespace at;
using Shape = std::vector<std::int64_t>;
using Axes = Shape;

struct Inputs {
    std::vector<Tensor> x, i;
};

Inputs make(const std::vector<Input>& inputs) {
    Inputs made;
    unsigned seed = 0;
    for (const Input& input : inputs) {
        if (input.kind == Input::index) {
            auto values = input.values<std::int64_t>(++seed);
            made.i.push_back(from_blob(values.data(), input.extents, kLong).clone());
            continue;
        }
        auto values = input.values<float>(++seed);
        const Tensor x = from_blob(values.data(), input.extents).clone();
        made.x.push_back(input.kind == Input::mask ? x.to(kBool) : x);
        if (input.kind == Input::variable) made.x.back().requires_grad_();
    }
    return made;
}

std::vector<Tensor> contiguous(std::vector<Tensor> parts) {
    for (Tensor& part : parts) part = part.contiguous();
    return parts;
}

template <class F>
contest::Run run(Inputs inputs, F call) {
    const auto in = std::make_shared<Inputs>(std::move(inputs));
    contest::Run made{{"forward", [=] {
                           const c10::InferenceMode inference;
                           call(*in);
                       }}};
    if (std::none_of(in->x.begin(), in->x.end(), [](const Tensor& x) { return x.requires_grad(); }))
        return made;
    made["both"] = [=, dy = full_like(call(*in), 0.5).detach()] {
        for (Tensor& x : in->x) x.mutable_grad().reset();
        call(*in).backward(dy);
    };
    return made;
}

template <class I, class F>
contest::Entry entry(const char* name, I inputs, F call) {
    return {name, [=](const contest::Size& size) {
                return run(make(inputs(size)), [=](const Inputs& in) { return call(in, size); });
            }};
}

const std::vector<contest::Entry> entries{
#define OP(name, inputs, xgrad_call, call)                          \
    entry(                                                          \
        name,                                                       \
        [](const contest::Size& size) {                             \
            [[maybe_unused]] const auto [n, r, c] = size;           \
            return inputs;                                          \
        },                                                          \
        [](const Inputs& in, const contest::Size& size) -> Tensor { \
            [[maybe_unused]] const auto& [x, i] = in;               \
            [[maybe_unused]] const auto [n, r, c] = size;           \
            return call;                                            \
        }),
#include "ops.def"
};

}  // namespace

int main() { return contest::converse("libtorch " TORCH_VERSION, entries, contest::set_libtorch_threads); }
