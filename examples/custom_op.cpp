// A user-defined op and the check of its gradients.
#include <algorithm>
#include <cmath>
#include <iostream>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

/// log(1 + e^x), without overflow.
template <class T>
Tensor<T> softplus(const Tensor<T>& x) {
    Array<T> y = x.value();
    for (T& element : y) element = std::max(element, T{0}) + std::log1p(std::exp(-std::abs(element)));
    return record("softplus", Tensor<T>(std::move(y)),
                  Edge{x, [](const auto& dy, const auto& in) { return dy * sigmoid(in); }, saves(x)});
}

/// The same with a wrong derivative.
template <class T>
Tensor<T> wrong_softplus(const Tensor<T>& x) {
    return record("wrong_softplus", softplus(x.detach()),
                  Edge{x, [](const auto& dy, const auto& in) { return dy * sigmoid(in) * 1.01; }, saves(x)});
}

int main() {
    // The gradient function is written with ops, so the gradient can be differentiated too: gradcheck checks
    // both orders.
    Rng rng(1);
    const Tensor x = randn<double>({3, 4}, rng);
    const GradcheckResult right = gradcheck([](const auto& in) { return softplus(in[0]); }, {x});
    if (!right) return std::cerr << right.message << "\n", 1;

    const GradcheckResult wrong = gradcheck([](const auto& in) { return wrong_softplus(in[0]); }, {x});
    if (wrong) return std::cerr << "gradcheck did not find the wrong derivative\n", 1;
    std::cout << wrong.message << "\n";

    Tensor w(Array<float>{-1000, 0, 1000}, RequiresGrad::yes);
    Tape tape;
    const Tensor y = softplus(w);
    std::cout << y << "\n";
    sum(y).backward();
    std::cout << w.grad() << "\n";
    return w.grad().value() == Array<float>{0, 0.5F, 1} ? 0 : 1;
}
