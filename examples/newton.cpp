// Logistic regression by Newton's method: hessian() gives the second derivatives.
#include <cmath>
#include <iostream>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

using D = Tensor<double>;

// Solves the symmetric system h step = g by Gaussian elimination.
Array<double> solve(Array<double> h, Array<double> g) {
    const std::size_t n = g.size();
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t i = k + 1; i < n; ++i) {
            const double factor = h(i, k) / h(k, k);
            for (std::size_t j = k; j < n; ++j) h(i, j) -= factor * h(k, j);
            g(i) -= factor * g(k);
        }
    for (std::size_t k = n; k-- > 0;) {
        for (std::size_t j = k + 1; j < n; ++j) g(k) -= h(k, j) * g(j);
        g(k) /= h(k, k);
    }
    return g;
}

int main() {
    // Points of two classes that overlap, and a column of ones for the bias.
    Rng rng(1);
    Array<double> points(Shape{200, 3}), labels(Shape{200});
    for (std::size_t i = 0; i < 200; ++i) {
        const double label = i % 2 == 0 ? 1 : 0;
        points(i, 0) = rng.normal() + label;
        points(i, 1) = rng.normal() - 0.5 * label;
        points(i, 2) = 1;
        labels(i) = label;
    }
    const D x(points), target(labels);
    const auto loss = [&](const std::vector<D>& in) {
        return binary_cross_entropy_with_logits(linear(x, unsqueeze(in[0], 0)), unsqueeze(target, 1)) +
               1e-3 * sum(square(in[0]));
    };

    D weight = zeros<double>({3});
    double largest = 1;
    for (int iteration = 0; iteration < 10 && largest > 1e-12; ++iteration) {
        const auto [value, gradients] = vjp(loss, std::vector{weight}, ones<double>({}));
        const D second = hessian(loss, std::vector{weight})[0][0];
        const D step(solve(second.value(), gradients[0].value()));
        weight = (weight - step).detach();
        largest = norm(gradients[0], INFINITY).item();
        std::cout << "iteration " << iteration << ", loss " << value.item() << ", largest gradient "
                  << largest << "\n";
    }
    std::cout << weight << "\n";
    return largest <= 1e-12 ? 0 : 1;  // quadratic convergence: some seven iterations
}
