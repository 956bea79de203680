// A user-defined module: a residual block (He et al. 2015, arXiv:1512.03385), x + body(x).
#include <iostream>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

template <class T = float>
class ResidualBlock final : public Module<T> {
public:
    ResidualBlock(std::size_t width, Rng& rng)
        : width_(width),
          body_{Linear<T>(width, width, rng), ReLU<T>(), Linear<T>(width, width, rng)},
          gain_(zeros<T>({1})) {
        gain_.set_requires_grad(RequiresGrad::yes);
    }

    std::string kind() const override { return "ResidualBlock"; }
    void visit(StateVisitor<T>& state)
        override {  // names, training, saving, counting and printing follow from this list
        state.parameter("gain", gain_, Decay::no);
        state.child("body", body_);
    }
    std::unique_ptr<Module<T>> clone() const override {
        Rng rng(0);  // the weights it draws are replaced
        return with_state_of(*this, ResidualBlock(width_, rng));
    }

protected:
    Tensor<T> forward(const Tensor<T>& x) override { return x + gain_ * body_(x); }

private:
    std::size_t width_;
    Sequential<T> body_;
    Tensor<T> gain_;  // zero at first, so that the block starts as the identity
};

int main() {
    Rng rng(1);
    Sequential net{Linear(4, 8, rng), ResidualBlock(8, rng), ResidualBlock(8, rng), Linear(8, 3, rng)};
    std::cout << net;

    const Tensor x = randn({16, 4}, rng);
    if (net[1](net[0](x)).value() != net[0](x).value())
        return std::cerr << "a new block is not the identity\n", 1;

    const auto copy = net.clone();
    SGD sgd(net.parameters(), {.learning_rate = 0.1});
    Tape tape;
    cross_entropy(net(x), std::vector<std::int32_t>(16, 2)).backward();
    sgd.step();
    if (net.state_dict() == copy->state_dict()) return std::cerr << "the clone was trained, too\n", 1;

    try {
        net(zeros({16, 5}));
    } catch (const ShapeError& error) {
        std::cout << error.what() << "\n";  // 0.Linear: linear: expected x (..., 4), got (16, 5): 4 != 5
        return 0;
    }
    return 1;
}
