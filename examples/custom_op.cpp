// A user-defined op and the check of its gradients.
#include <cmath>
#include <iostream>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

/// The inverse of the hyperbolic sine.
template <class T>
Tensor<T> inverse_sinh(const Tensor<T>& x) {
    Array<T> y = x.value();
    for (T& element : y) element = std::asinh(element);
    return record(
        "inverse_sinh", Tensor<T>(std::move(y)),
        Edge{x, [](const auto& dy, const auto& in) { return dy * rsqrt(square(in) + 1.0); }, saves(x)});
}

/// The same with a wrong derivative.
template <class T>
Tensor<T> wrong_inverse_sinh(const Tensor<T>& x) {
    return record("wrong_inverse_sinh", inverse_sinh(x.detach()),
                  Edge{x, [](const auto& dy, const auto& in) { return 1.01 * dy * rsqrt(square(in) + 1.0); },
                       saves(x)});
}

int main() {
    // The gradient function is written with ops, so the gradient can be differentiated too: gradcheck checks
    // both orders.
    Rng rng(1);
    const Tensor x = randn<double>({3, 4}, rng);
    const GradcheckResult right = gradcheck([](const auto& in) { return inverse_sinh(in[0]); }, {x});
    if (!right) return std::cerr << right.message << "\n", 1;

    const GradcheckResult wrong = gradcheck([](const auto& in) { return wrong_inverse_sinh(in[0]); }, {x});
    if (wrong) return std::cerr << "gradcheck did not find the wrong derivative\n", 1;
    std::cout << wrong.message << "\n";

    Tensor w(Array<float>{-0.75F, 0, 0.75F}, RequiresGrad::yes);
    Tape tape;
    const Tensor y = inverse_sinh(w);
    std::cout << y << "\n";
    sum(y).backward();
    std::cout << w.grad() << "\n";
    return w.grad().value() == Array<float>{0.8F, 1, 0.8F} ? 0 : 1;
}
