// The ops of xgrad: a contestant of ops_side_by_side.
#include <algorithm>
#include <memory>
#include <type_traits>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/tape.hpp>
#include <xgrad/core/parallel.hpp>

#include "ops.hpp"

namespace {

using namespace xgrad;
using contest::fixed, contest::index, contest::Input, contest::mask, contest::normal, contest::of,
    contest::positive, contest::probability;

struct Inputs {
    std::vector<Tensor<float>> x;
    std::vector<Indices> i;
};

Inputs make(const std::vector<Input>& inputs) {
    Inputs made;
    unsigned seed = 0;
    for (const Input& input : inputs) {
        const Shape shape(input.extents.begin(), input.extents.end());
        if (input.kind == Input::index) {
            made.i.emplace_back(shape, input.values<std::int32_t>(++seed));
            continue;
        }
        Array<float> values(shape);
        std::ranges::copy(input.values<float>(++seed), values.data());
        made.x.emplace_back(std::move(values),
                            input.kind == Input::variable ? RequiresGrad::yes : RequiresGrad::no);
    }
    return made;
}

// `call` maps Inputs to the op's result.
template <class F>
contest::Run run(Inputs inputs, F call) {
    const auto in = std::make_shared<Inputs>(std::move(inputs));
    contest::Run made{{"forward", [=] { call(*in); }}};
    if constexpr (std::is_same_v<decltype(call(*in)), Tensor<float>>) {
        if (std::ranges::none_of(in->x, [](const auto& x) { return x.requires_grad(); })) return made;
        const Tensor<float> y = call(*in);
        made["both"] = [=, dy = Tensor<float>(Array<float>(y.shape(), 0.5F))] {
            for (Tensor<float>& x : in->x) x.zero_grad();
            const Tape tape;
            call(*in).backward(dy);
        };
    }
    return made;
}

Rng rng(1);

template <class I, class F>
contest::Entry entry(const char* name, I inputs, F call) {
    return {name, [=](const contest::Size& size) {
                return run(make(inputs(size)), [=](const Inputs& in) { return call(in, size); });
            }};
}

const std::vector<contest::Entry> entries{
#define OP(name, inputs, call, torch_call)                                    \
    entry(                                                                    \
        name,                                                                 \
        [](const contest::Size& size) {                                       \
            [[maybe_unused]] const auto [n, r, c] = size;                     \
            return inputs;                                                    \
        },                                                                    \
        [](const Inputs& in, const contest::Size& size) {                     \
            [[maybe_unused]] const auto& [x, i] = in;                         \
            [[maybe_unused]] const auto n = static_cast<std::size_t>(size.n), \
                                        r = static_cast<std::size_t>(size.r), \
                                        c = static_cast<std::size_t>(size.c); \
            return call;                                                      \
        }),
#include "ops.def"
};

}  // namespace

int main() {
    return contest::converse(std::string("OpenBLAS core ") + blas_core(), entries, set_num_threads);
}
