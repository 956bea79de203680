// The places that errors are reported from while modules are called.
#include <xgrad/nn/module.hpp>

#include <doctest/doctest.h>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>

using namespace xgrad;

namespace {

// Calls a layer inside its child, and an op of its own.
class Tied final : public Module<float> {
public:
    explicit Tied(Rng& rng) : layers_{Linear(3, 3, rng), ReLU()} {}
    std::string kind() const override { return "Tied"; }
    void visit(StateVisitor<float>& state) override { state.child("layers", layers_); }
    std::unique_ptr<Module<float>> clone() const override {
        Rng rng(0);
        return with_state_of(*this, Tied(rng));
    }

protected:
    Tensor<> forward(const Tensor<>& x) override {
        const Tensor<> y = x.dim() == 1 ? x : layers_[0](x);
        return y + ones({2});
    }

private:
    Sequential<> layers_;
};

Sequential<> report_net(Rng& rng) {
    return Sequential{Linear(3072, 50, rng), BatchNorm1d(50), ReLU(), Linear(50, 10, rng)};
}

}  // namespace

TEST_CASE("Module: an error names the module it came from") {
    Rng rng(1);
    Sequential net = report_net(rng);
    CHECK_THROWS_WITH_AS(net(zeros({100, 784})),
                         "0.Linear: linear: expected x (..., 3072), got (100, 784): 3072 != 784", ShapeError);
    CHECK_THROWS_WITH_AS(net(zeros({})), "0.Linear: linear: expected x (..., 3072), got ()", ShapeError);
    CHECK_THROWS_WITH_AS(
        net(zeros({1, 3072})),
        "1.BatchNorm1d: training needs a batch of at least 2 to normalize with, got (1, 50); for a single row call eval() first; its input comes from 0.Linear",
        ShapeError);
    Linear alone(3, 2, rng);
    CHECK_THROWS_WITH_AS(alone(zeros({2, 4})), "Linear: linear: expected x (..., 3), got (2, 4): 3 != 4",
                         ShapeError);
}

TEST_CASE("Module: a root's name is in front, and containers between give their positions") {
    Rng rng(1);
    Sequential net = report_net(rng);
    net.set_name("encoder");
    CHECK_THROWS_WITH_AS(net(zeros({100, 784})),
                         "encoder.0.Linear: linear: expected x (..., 3072), got (100, 784): 3072 != 784",
                         ShapeError);
    Sequential outer{Linear(4, 4, rng), ReLU(), ReLU(), Sequential{ReLU(), BatchNorm1d(5)}};
    outer.set_name("encoder");
    CHECK_THROWS_WITH_AS(
        outer(zeros({2, 4})),
        "encoder.3.1.BatchNorm1d: batch_norm: expected x (batch, 5) for gamma (5), got (2, 4): 5 != 4; its input comes from encoder.3.0.ReLU",
        ShapeError);
    Sequential flat{Linear(4, 4, rng), ReLU(), ReLU(), BatchNorm1d(4)};
    flat.set_name("encoder");
    CHECK_THROWS_WITH_AS(
        flat(zeros({1, 4})),
        "encoder.3.BatchNorm1d: training needs a batch of at least 2 to normalize with, got (1, 4); for a single row call eval() first; its input comes from encoder.2.ReLU",
        ShapeError);
}

TEST_CASE("Module: a custom module's children and ops are named too") {
    Rng rng(1);
    Sequential net{ReLU(), Tied(rng)};
    net.set_name("net");
    CHECK_THROWS_WITH_AS(net(zeros({2, 4})),
                         "net.1.layers.0.Linear: linear: expected x (..., 3), got (2, 4): 3 != 4",
                         ShapeError);
    CHECK_THROWS_WITH_AS(
        net(zeros({3})),
        "net.1.Tied: add: cannot broadcast (3) with (2): axis -1 is 3 and 2; its input comes from net.0.ReLU",
        ShapeError);
}

TEST_CASE("Module: after an error the place is forgotten") {
    Rng rng(1);
    Sequential net = report_net(rng);
    CHECK_THROWS_AS(net(zeros({100, 784})), ShapeError);
    CHECK(ErrorScope::current() == nullptr);
    CHECK_THROWS_WITH_AS(zeros({2}) + zeros({3}), "add: cannot broadcast (2) with (3): axis -1 is 2 and 3",
                         ShapeError);
}
