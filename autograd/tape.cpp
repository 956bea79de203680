#include <xgrad/autograd/tape.hpp>

#include <fmt/format.h>

#include <xgrad/autograd/detail/walk.hpp>
#include <xgrad/autograd/record.hpp>

namespace xgrad {

template <class T>
std::vector<Tensor<T>> grad(const Tensor<T>& y, const std::vector<Tensor<T>>& xs,
                            const GradOptions& options) {
    if (y.size() != 1)
        fail<GraphError>("grad",
                         fmt::format("y has shape {}, which is no scalar: differentiate sum(seed * y)",
                                     to_string(y.shape())));
    if (y.is_leaf() && y.requires_grad()) {
        const Tape<T> tape;
        return grad(record("grad", y.detach(), Edge{y, [](const auto& dy) { return dy; }}), xs, options);
    }
    detail::Walk<T> walk("grad", y, ones<T>(y.shape()));
    detail::Collection<T> gradients("grad", walk.recorder(), xs);
    walk.run(gradients, options);
    return gradients.take();
}

template std::vector<Tensor<float>> grad(const Tensor<float>&, const std::vector<Tensor<float>>&,
                                         const GradOptions&);
template std::vector<Tensor<double>> grad(const Tensor<double>&, const std::vector<Tensor<double>>&,
                                          const GradOptions&);

}  // namespace xgrad
