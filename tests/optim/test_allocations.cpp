// Counts every call of operator new in this program.
#include <atomic>
#include <cstdlib>
#include <initializer_list>
#include <new>

#include <doctest/doctest.h>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/adagrad.hpp>
#include <xgrad/optim/adam.hpp>
#include <xgrad/optim/lion.hpp>
#include <xgrad/optim/rmsprop.hpp>
#include <xgrad/optim/sgd.hpp>
#include <xgrad/optim/weight_average.hpp>

namespace {

std::atomic<std::size_t> allocations{0};

void* counted(std::size_t bytes, std::size_t alignment) {
    ++allocations;
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (!memory) throw std::bad_alloc();
    return memory;
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return counted(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

using namespace xgrad;

TEST_CASE("Optimizer: in steady state a step allocates nothing") {
    Rng rng(1);
    Linear layer(30, 20, rng);
    SGD sgd(layer.parameters(), {.momentum = 0.9, .weight_decay = 1e-3});
    Adam adam(layer.parameters());
    AdamW adamw(layer.parameters());
    NAdam nadam(layer.parameters());
    RMSprop rmsprop(layer.parameters(), {.momentum = 0.9});
    Adagrad adagrad(layer.parameters());
    Lion lion(layer.parameters());
    {
        Tape tape;
        sum(layer(randn({4, 30}, rng))).backward();
    }
    for (Optimizer<float>* optimizer :
         std::initializer_list<Optimizer<float>*>{&sgd, &adam, &adamw, &nadam, &rmsprop, &adagrad, &lion}) {
        optimizer->step();  // makes what it keeps
        const std::size_t before = allocations;
        for (int step = 0; step < 10; ++step) optimizer->step();
        CHECK(allocations == before);
    }
}

TEST_CASE("WeightAverage: an update allocates nothing after the first one") {
    Rng rng(1);
    Sequential net{Linear(30, 20, rng), BatchNorm1d(20)};
    Ema ema(net);
    ema.update();
    const std::size_t before = allocations;
    for (int step = 0; step < 10; ++step) ema.update();
    CHECK(allocations == before);
}

TEST_CASE("training: after the first steps a step of a net with batch norm allocates nothing") {
    Rng rng(1);
    Sequential net{Linear(30, 20, rng), BatchNorm1d(20), ReLU(), Linear(20, 10, rng), BatchNorm1d(10), ReLU(),
                   Linear(10, 5, rng)};
    SGD sgd(net.parameters(), {.momentum = 0.9, .nesterov = true, .weight_decay = 1e-3});
    const Tensor x = randn({16, 30}, rng);
    const Indices labels(std::vector<std::int32_t>(16, 3));
    const auto train_once = [&] {
        net.zero_grad();
        Tape tape;
        cross_entropy(net(x), labels).backward();
        sgd.step();
    };
    for (int step = 0; step < 10; ++step) train_once();
    const std::size_t before = allocations;
    for (int step = 0; step < 10; ++step) train_once();
    CHECK(allocations == before);
}
