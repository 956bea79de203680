// A training step of libtorch: a contestant of side_by_side.
// Usage: libtorch_step [--channels-last], which is the order of the axes of images in memory.
#include <cstring>

#include <torch/torch.h>

#include "contestant.hpp"
#include "libtorch_threads.hpp"

namespace {

at::MemoryFormat format = at::MemoryFormat::Contiguous;

class LibtorchStep {
public:
    explicit LibtorchStep(const contest::Net& net)
        : net_(make(net)), sgd_(groups(*net_), torch::optim::SGDOptions(contest::learning_rate)) {
        const auto size = [](std::size_t value) { return static_cast<std::int64_t>(value); };
        if (net.is_convolutional)
            x_ = torch::randn({size(net.batch), size(net.widths.front()), 32, 32}).contiguous(format);
        else
            x_ = torch::randn({size(net.batch), size(net.widths.front())});
        labels_ = torch::randint(size(net.widths.back()), {size(net.batch)}, torch::kLong);
    }

    void set_threads(int count) { contest::set_libtorch_threads(count); }

    void operator()() {
        for (torch::Tensor& parameter : parameters_)
            parameter.mutable_grad().reset();  // as zero_grad(set_to_none=True) in Python
        torch::nn::functional::cross_entropy(net_->forward(x_), labels_).backward();
        sgd_.step();
    }

private:
    static torch::nn::Sequential make(const contest::Net& net) {
        torch::nn::Sequential made;
        const std::size_t last = net.layers() - 1;
        for (std::size_t i = 0; i < last && net.is_convolutional; ++i) {
            torch::nn::Conv2d filters(
                torch::nn::Conv2dOptions(net.widths[i], net.widths[i + 1], 3).padding(1).bias(false));
            filters->weight.set_data(filters->weight.contiguous(format));
            made->push_back(filters);
            made->push_back(torch::nn::BatchNorm2d(net.widths[i + 1]));
            made->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
            if (i % 2 == 1 && i + 1 < last) made->push_back(torch::nn::MaxPool2d(2));
        }
        if (net.is_convolutional) {
            made->push_back(torch::nn::AdaptiveAvgPool2d(1));
            made->push_back(torch::nn::Flatten());
            made->push_back(torch::nn::Linear(net.widths[last], net.widths.back()));
            return made;
        }
        for (std::size_t i = 0; i < net.layers(); ++i) {
            made->push_back(torch::nn::Linear(net.widths[i], net.widths[i + 1]));
            if (i + 1 == net.layers()) break;
            made->push_back(torch::nn::BatchNorm1d(net.widths[i + 1]));
            made->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
        }
        return made;
    }

    // Only the matrices and filters decay.
    static std::vector<torch::optim::OptimizerParamGroup> groups(const torch::nn::Module& net) {
        std::vector<torch::Tensor> matrices, others;
        for (const auto& parameter : net.parameters())
            (parameter.dim() > 1 ? matrices : others).push_back(parameter);
        auto decay = std::make_unique<torch::optim::SGDOptions>(contest::learning_rate);
        decay->weight_decay(contest::weight_decay);
        return {{matrices, std::move(decay)}, {others}};
    }

    torch::nn::Sequential net_;
    std::vector<torch::Tensor> parameters_ = net_->parameters();
    torch::optim::SGD sgd_;
    torch::Tensor x_, labels_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && std::strcmp(argv[1], "--channels-last") == 0) format = at::MemoryFormat::ChannelsLast;
    return contest::converse<LibtorchStep>("libtorch " TORCH_VERSION);
}
