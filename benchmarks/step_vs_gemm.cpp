// A training step of the report's nets beside the bare matrix products of that step: what the abstraction costs.
// Usage: step_vs_gemm [rounds]. The two take turns (A B A B ...); printed are medians and their ratio.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <xgrad/core/kernels/gemm.hpp>
#include <xgrad/core/parallel.hpp>
#include <xgrad/nn/activation.hpp>
#include <xgrad/nn/batch_norm.hpp>
#include <xgrad/nn/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/sgd.hpp>

namespace {

using namespace xgrad;
using Widths = std::vector<std::size_t>;

template <class F>
double microseconds(F& run) {
    const auto start = std::chrono::steady_clock::now();
    run();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

// The products of one step: y = x W^T of every layer, dW = dy^T x of every layer, dx = dy W of all but the first.
class Products {
public:
    Products(const Widths& widths, std::size_t batch, Rng& rng) : batch_(batch) {
        x_.push_back(randn({batch, widths[0]}, rng).value());
        for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
            w_.push_back(randn({widths[i + 1], widths[i]}, rng).value());
            dw_.push_back(w_.back());
            x_.push_back(randn({batch, widths[i + 1]}, rng).value());
            dx_.push_back(x_[i]);
        }
    }

    void operator()() {
        for (std::size_t i = 0; i < w_.size(); ++i) {
            const auto [out, in] = extents(i);
            kernels::gemm(Transpose::no, Transpose::yes, batch_, out, in, x_[i].data(), in, w_[i].data(), in, false, x_[i + 1].data(), out);
        }
        for (std::size_t i = w_.size(); i-- > 0;) {
            const auto [out, in] = extents(i);
            kernels::gemm(Transpose::yes, Transpose::no, out, in, batch_, x_[i + 1].data(), out, x_[i].data(), in, false, dw_[i].data(),
                          in);
            if (i > 0)
                kernels::gemm(Transpose::no, Transpose::no, batch_, in, out, x_[i + 1].data(), out, w_[i].data(), in, false, dx_[i].data(),
                              in);
        }
    }

private:
    std::pair<std::size_t, std::size_t> extents(std::size_t i) const { return {w_[i].shape()[0], w_[i].shape()[1]}; }

    std::size_t batch_;
    std::vector<Array<float>> x_, w_, dw_, dx_;
};

class Step {
public:
    Step(const Widths& widths, std::size_t batch, Rng& rng) : x_(randn({batch, widths[0]}, rng)), labels_(batch) {
        for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
            net_.add(Linear<float>(widths[i], widths[i + 1], rng));
            if (i + 2 < widths.size()) net_.add(BatchNorm1d<float>(widths[i + 1])).add(ReLU<float>());
        }
        for (auto& label : labels_) label = static_cast<std::int32_t>(rng.below(widths.back()));
        sgd_ = std::make_unique<SGD<float>>(net_.parameters(), SgdOptions{.learning_rate = 1e-3, .weight_decay = 0.01});
    }

    void operator()() {
        net_.zero_grad();
        Tape tape;
        cross_entropy(net_(x_), labels_).backward();
        sgd_->step();
    }

private:
    Sequential<float> net_;
    Tensor<float> x_;
    Labels labels_;
    std::unique_ptr<SGD<float>> sgd_;
};

void compare(const std::string& name, const Widths& widths, std::size_t batch, int rounds) {
    Rng rng(1);
    Products products(widths, batch, rng);
    Step step(widths, batch, rng);
    std::vector<double> product_times, step_times, ratios;
    for (int round = -20; round < rounds; ++round) {
        const double product_time = microseconds(products);
        const double step_time = microseconds(step);
        if (round < 0) continue;  // warm-up
        product_times.push_back(product_time);
        step_times.push_back(step_time);
        ratios.push_back(step_time / product_time);
    }
    fmt::print("{:<40}{:>7}{:>14.0f}{:>14.0f}{:>9.3f}\n", name, batch, median(product_times), median(step_times), median(ratios));
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1000;
    fmt::print("BLAS core {}, {} thread(s), {} rounds; microseconds, medians\n", blas_core(), num_threads(), rounds);
    fmt::print("{:<40}{:>7}{:>14}{:>14}{:>9}\n", "net with batch norm", "batch", "products", "step", "ratio");
    compare("3072-50-50-10", {3072, 50, 50, 10}, 100, rounds);
    compare("3072-50-30-20-20-10-10-10-10-10", {3072, 50, 30, 20, 20, 10, 10, 10, 10, 10}, 100, rounds);
}
