#include <xgrad/core/kernels/update.hpp>

namespace xgrad::kernels {

template <class T>
void sgd_update(std::size_t n, const SgdStep<T>& step, const T* gradient, T* velocity, T* w) {
    const auto [learning_rate, weight_decay, momentum, nesterov] = step;
    if (!velocity) {
        for (std::size_t i = 0; i < n; ++i) w[i] -= learning_rate * (gradient[i] + weight_decay * w[i]);
    } else if (nesterov) {
        for (std::size_t i = 0; i < n; ++i) {
            const T g = gradient[i] + weight_decay * w[i];
            velocity[i] = momentum * velocity[i] + g;
            w[i] -= learning_rate * (g + momentum * velocity[i]);
        }
    } else {
        for (std::size_t i = 0; i < n; ++i) {
            velocity[i] = momentum * velocity[i] + gradient[i] + weight_decay * w[i];
            w[i] -= learning_rate * velocity[i];
        }
    }
}

template <class T>
void scale_bytes(std::size_t rows, std::size_t n, const unsigned char* images, const std::size_t* rows_of_batch, const T* scale,
                 const T* shift, T* y) {
    for (std::size_t row = 0; row < rows; ++row, y += n) {
        const unsigned char* image = images + rows_of_batch[row] * n;
        for (std::size_t j = 0; j < n; ++j) y[j] = scale[j] * static_cast<T>(image[j]) + shift[j];
    }
}

#define INSTANTIATE(T)                                                          \
    template void sgd_update(std::size_t, const SgdStep<T>&, const T*, T*, T*); \
    template void scale_bytes(std::size_t, std::size_t, const unsigned char*, const std::size_t*, const T*, const T*, T*);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad::kernels
