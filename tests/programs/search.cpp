#include "search.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>
#include <rapidcheck.h>
#include <rapidcheck/detail/TestListenerAdapter.h>

#include "comparison.hpp"

namespace xgrad::programs {
namespace {

constexpr int most_leaves = 8;
constexpr int most_genes = 80;  // some are left out

rc::Gen<std::vector<Gene>> genes(int most) {
    const auto gene = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<Gene>());
    return rc::gen::withSize([=](int size) {
        return rc::gen::resize(size * most / rc::kNominalSize, rc::gen::container<std::vector<Gene>>(gene));
    });
}

}  // namespace

Finding search(const std::vector<ProgramOp>& ops, const SearchOptions& options,
               const std::function<void(const Program&)>& observe) {
    Finding finding;
    const auto property = [&] {
        const std::vector<Gene> leaves = *genes(most_leaves), nodes = *genes(most_genes);
        const Program program = build(ops, leaves, nodes);
        observe(program);
        const auto [found, largest] = compare(program);
        finding.largest = std::max(finding.largest, largest);
        if (!found.empty()) finding.program = program;  // shrinking ends with the smallest failing program
        return found;
    };
    rc::detail::TestParams params;
    params.seed = options.seed;
    params.maxSuccess = options.count;
    rc::detail::TestListenerAdapter listener;
    const auto result = rc::detail::checkTestable(property, rc::detail::TestMetadata(), params, listener,
                                                  std::unordered_map<std::string, rc::detail::Reproduce>());
    if (result.is<rc::detail::FailureResult>()) {
        const auto& failure = result.get<rc::detail::FailureResult>();
        finding.report =
            fmt::format("program {} of {}, seed {}; the smallest that fails:\n{}\n{}", failure.numSuccess + 1,
                        options.count, options.seed, failure.description, to_string(finding.program));
    } else if (!result.is<rc::detail::SuccessResult>()) {
        finding.report = "RapidCheck gave up";
    }
    return finding;
}

}  // namespace xgrad::programs
