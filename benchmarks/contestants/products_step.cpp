// The bare matrix products of a training step, by OpenBLAS and its threads: y = x W^T and dW = dy^T x of
// every layer, dx = dy W of all but the first. A contestant of side_by_side. Usage: products_step [--update].
// --update: also one read-write pass over W and dW, the minimum that an optimizer needs.
#include <random>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <cblas.h>

#include "contestant.hpp"

namespace {

// Calls f(begin, end) for parts that partition [0, n), one per thread if n is large enough to start threads.
template <class F>
void in_parts(std::size_t n, int threads, const F& f) {
    if (threads < 2 || n < (1U << 20)) return f(std::size_t{0}, n);
    const std::size_t part = n / static_cast<std::size_t>(threads) / 16 * 16;
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < static_cast<std::size_t>(threads); ++i)
        others.emplace_back([&f, part, i] { f((i - 1) * part, i * part); });
    f((static_cast<std::size_t>(threads) - 1) * part, n);
}

using Matrix = std::vector<float>;
bool with_update = false;

class Products {
public:
    explicit Products(const contest::Net& net) : net_(contest::flat(net)) {
        std::mt19937 random(1);
        std::normal_distribution<float> normal;
        const auto matrix = [&](std::size_t rows, std::size_t columns) {
            Matrix values(rows * columns);
            for (float& value : values) value = normal(random);
            return values;
        };
        for (const std::size_t width : net.widths) {
            x_.push_back(matrix(net.batch, width));
            dx_.push_back(x_.back());
        }
        for (std::size_t i = 0; i < net.layers(); ++i) {
            w_.push_back(matrix(net.widths[i + 1], net.widths[i]));
            dw_.emplace_back(w_.back().size());
        }
    }

    void set_threads(int count) {
        threads_ = count;
        openblas_set_num_threads(count);
    }

    void operator()() {
        const auto batch = static_cast<int>(net_.batch);
        for (std::size_t i = 0; i < net_.layers(); ++i) {
            const auto [in, out] = extents(i);
            product(CblasNoTrans, CblasTrans, batch, out, in, x_[i], in, w_[i], in, x_[i + 1]);
        }
        for (std::size_t i = net_.layers(); i-- > 0;) {
            const auto [in, out] = extents(i);
            product(CblasTrans, CblasNoTrans, out, in, batch, dx_[i + 1], out, x_[i], in, dw_[i]);
            if (i > 0)
                product(CblasNoTrans, CblasNoTrans, batch, in, out, dx_[i + 1], out, w_[i], in, dx_[i]);
            if (with_update) update(w_[i], dw_[i]);
        }
    }

private:
    std::pair<int, int> extents(std::size_t i) const {
        return {static_cast<int>(net_.widths[i]), static_cast<int>(net_.widths[i + 1])};
    }

    static void product(CBLAS_TRANSPOSE a_as, CBLAS_TRANSPOSE b_as, int m, int n, int k, const Matrix& a,
                        int lda, const Matrix& b, int ldb, Matrix& c) {
        cblas_sgemm(CblasRowMajor, a_as, b_as, m, n, k, 1, a.data(), lda, b.data(), ldb, 0, c.data(), n);
    }

    void update(Matrix& w, const Matrix& dw) const {
        in_parts(w.size(), threads_, [w = w.data(), dw = dw.data()](std::size_t begin, std::size_t end) {
            constexpr float keep = 1 - contest::learning_rate * contest::weight_decay;
            for (std::size_t i = begin; i < end; ++i) w[i] = keep * w[i] - contest::learning_rate * dw[i];
        });
    }

    contest::Net net_;
    int threads_ = 1;
    std::vector<Matrix> x_, dx_, w_, dw_;
};

}  // namespace

int main(int argc, char** argv) {
    with_update = argc > 1 && std::string_view(argv[1]) == "--update";
    return contest::converse<Products>(openblas_get_config());
}
