#include "families.hpp"

// The reductions.
namespace xgrad::programs {
namespace {

Step make_variance(Draft& draft) {
    const std::size_t correction = draft.below(2);
    const auto op = reduction(
        "", [=](const auto& x, const Axes& axes, KeepDims k) { return variance(x, axes, k, correction); },
        [=](const std::vector<Jet>& x) {
            if (x.size() <= correction) Draft::reject();
            return variance(x, correction);
        });
    Step step = op.make(draft);
    step.attributes += fmt::format(", correction {}", correction);
    return step;
}

}  // namespace

#define REDUCTION(name, ...)                                                                        \
    reduction(                                                                                      \
        #name "(Tensor, Axes, KeepDims)",                                                           \
        [](const auto& x, const Axes& axes, KeepDims keepdims) { return name(x, axes, keepdims); }, \
        [](const std::vector<Jet>& x) { return name(x); } __VA_OPT__(, ) __VA_ARGS__),              \
        total(                                                                                      \
            #name "(Tensor)", [](const auto& x) { return name(x); },                                \
            [](const std::vector<Jet>& x) { return name(x); } __VA_OPT__(, ) __VA_ARGS__)

std::vector<ProgramOp> reduction_ops() {
    return {REDUCTION(sum),
            REDUCTION(mean),
            REDUCTION(amax),
            REDUCTION(amin),
            REDUCTION(logsumexp, small),
            {"variance(Tensor, Axes, KeepDims, size_t)", make_variance},
            total(
                "variance(Tensor)", [](const auto& x) { return variance(x); },
                [](const std::vector<Jet>& x) { return variance(x, 0); })};
}

}  // namespace xgrad::programs
