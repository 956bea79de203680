#pragma once

#include <vector>

#include <xgrad/autograd/gradcheck.hpp>
#include <xgrad/nn/module.hpp>

// gradcheck of a whole module: with respect to its input and to all of its parameters.
inline xgrad::GradcheckResult gradcheck_module(xgrad::Module<double>& module, const xgrad::Tensor<double>& x,
                                               const xgrad::GradcheckOptions& options = {}) {
    using namespace xgrad;
    // Makes the checked inputs the module's parameters.
    struct Bind final : StateVisitor<double> {
        const std::vector<Tensor<double>>& inputs;
        std::size_t next = 1;
        explicit Bind(const std::vector<Tensor<double>>& in) : inputs(in) {}
        void parameter(std::string_view, Tensor<double>& tensor, Decay) override { tensor = inputs[next++]; }
        void buffer(std::string_view, Tensor<double>&) override {}
        void buffer(std::string_view, std::int64_t&) override {}
        void generator(std::string_view, Rng&) override {}
        void child(std::string_view, Module<double>& child) override { child.visit(*this); }
    };
    std::vector<Tensor<double>> inputs{x};
    for (const Parameter<double>& parameter : module.parameters()) inputs.push_back(parameter.tensor);
    return gradcheck(
        [&](const std::vector<Tensor<double>>& in) {
            Bind bind(in);
            module.visit(bind);
            return module(in[0]);
        },
        inputs, options);
}
