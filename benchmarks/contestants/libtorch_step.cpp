// A training step of libtorch: a contestant of side_by_side.
#include <dlfcn.h>

#include <torch/torch.h>

#include "contestant.hpp"

namespace {

// libtorch does not set the number of OpenBLAS's threads: by default there is one for each core.
void set_blas_threads(int count) {
    if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
        reinterpret_cast<void (*)(int)>(set)(count);
}

class LibtorchStep {
public:
    explicit LibtorchStep(const contest::Net& net)
        : net_(make(net)), sgd_(groups(*net_), torch::optim::SGDOptions(contest::learning_rate)) {
        const auto size = [](std::size_t value) { return static_cast<std::int64_t>(value); };
        x_ = torch::randn({size(net.batch), size(net.widths.front())});
        labels_ = torch::randint(size(net.widths.back()), {size(net.batch)}, torch::kLong);
    }

    void set_threads(int count) {
        at::set_num_threads(count);
        set_blas_threads(count);
    }

    void operator()() {
        for (torch::Tensor& parameter : parameters_)
            parameter.mutable_grad().reset();  // as zero_grad(set_to_none=True) in Python
        torch::nn::functional::cross_entropy(net_->forward(x_), labels_).backward();
        sgd_.step();
    }

private:
    static torch::nn::Sequential make(const contest::Net& net) {
        torch::nn::Sequential made;
        for (std::size_t i = 0; i < net.layers(); ++i) {
            made->push_back(torch::nn::Linear(net.widths[i], net.widths[i + 1]));
            if (i + 1 == net.layers()) break;
            made->push_back(torch::nn::BatchNorm1d(net.widths[i + 1]));
            made->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
        }
        return made;
    }

    // Only the matrices decay.
    static std::vector<torch::optim::OptimizerParamGroup> groups(const torch::nn::Module& net) {
        std::vector<torch::Tensor> matrices, others;
        for (const auto& parameter : net.parameters())
            (parameter.dim() == 2 ? matrices : others).push_back(parameter);
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

int main() { return contest::converse<LibtorchStep>("libtorch " TORCH_VERSION); }
