// A training step fused by hand, as a lower bound for a framework: no tensor, no tape, no unnecessary array
// or pass.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "contestant.hpp"

namespace contest {

/// A matrix whose rows start at multiples of 64 bytes. The padding after the last column is always 0.
class Padded {
public:
    Padded(std::size_t rows, std::size_t columns);
    Padded(std::size_t rows, std::size_t columns, const float* values);

    float* data() { return data_.get(); }
    const float* data() const { return data_.get(); }
    std::size_t stride() const { return stride_; }  ///< Elements from one row to the next.
    std::size_t size() const { return size_; }      ///< All elements, with the padding.

private:
    struct Free {
        void operator()(float* data) const { std::free(data); }
    };

    std::size_t stride_, size_;
    std::unique_ptr<float, Free> data_;
};

struct FloorOptions {
    double learning_rate = contest::learning_rate;
    double weight_decay = contest::weight_decay;
};

class Floor {
public:
    /// @param parameters  weight and bias of each layer, each but the last followed by gamma and beta.
    Floor(const Net& net, const float* x, const std::int32_t* labels,
          const std::vector<const float*>& parameters, FloorOptions options);

    /// One step; the loss before it.
    float operator()();

private:
    struct Layer {
        Layer(std::size_t batch, std::size_t inputs, std::size_t outputs, const float* weight,
              const float* first_bias);

        std::size_t in, out;
        Padded w, dw, bias;
        Padded z, y, dy;  // z = x w^T, and the layer's output; dy becomes the gradient of z on the way back
        Padded gamma, beta, mean, inverse_deviation, running_mean, running_variance;
    };

    void normalize(Layer& layer) const;  // z to y, with ReLU
    void normalize_backward(Layer& layer) const;  // dy to the gradient of z; updates gamma and beta
    float cross_entropy(Layer& last);  // z to dy; updates the bias
    void update(Layer& layer, const Padded& x) const;

    std::size_t batch_;
    float rate_, keep_;  // keep_ = 1 - rate decay
    Padded x_;
    std::vector<std::int32_t> labels_;
    std::vector<float> exp_sums_;  // of each row of the logits
    std::vector<Layer> layers_;
};

}  // namespace contest
