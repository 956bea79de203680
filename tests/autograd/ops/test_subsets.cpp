#include <doctest/doctest.h>

#include "support/registry/op_registry.hpp"

// An op drops the edges of inputs that need no gradient, and a joint backward function is told which ones are
// wanted: whichever they are, the others keep their bits.
using namespace xgrad;
using namespace xgrad::registry;

namespace {

// Of the inputs with those numbers, while the others are constants.
template <class T>
struct Gradients {
    Tensors<T> plain, recorded;

    Gradients(const Sample& sample, const std::vector<std::size_t>& wanted) {
        Tensors<T> inputs = leaves<T>(sample.inputs), xs;
        for (auto& x : inputs) x.set_requires_grad(RequiresGrad::no);
        for (const std::size_t i : wanted) {
            inputs[i].set_requires_grad(RequiresGrad::yes);
            xs.push_back(inputs[i]);
        }
        const Tape<T> tape;
        const Tensor<T> y = weighted_sum(call_of<T>(sample)(inputs));
        plain = grad(y, xs, {.retain_graph = true});
        recorded = grad(y, xs, {.create_graph = true});
    }
};

template <class T>
void check_subsets(const Sample& sample) {
    const std::size_t count = sample.inputs.size();
    std::vector<std::size_t> every(count);
    for (std::size_t i = 0; i < count; ++i) every[i] = i;
    const Gradients<T> all(sample, every);
    for (std::size_t bits = 1; bits < (std::size_t{1} << count); ++bits) {
        CAPTURE(bits);
        std::vector<std::size_t> wanted;
        for (const std::size_t i : every)
            if (bits & (std::size_t{1} << i)) wanted.push_back(i);
        const Gradients<T> some(sample, wanted);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            CAPTURE(wanted[i]);
            CHECK(some.plain[i].value() == all.plain[wanted[i]].value());
            CHECK(some.recorded[i].value() == all.recorded[wanted[i]].value());
        }
    }
}

}  // namespace

TEST_CASE("subsets: whichever inputs require a gradient, theirs are the same bits") {
    for_each_sample([](const Op&, const Sample& sample) {
        check_subsets<float>(sample);
        check_subsets<double>(sample);
    });
}
