// One training that several processes share, on one machine or many: mpirun -n 4 example_distributed
// It prints the same loss, digit by digit, for any number of processes and threads.
#include <cstdio>

#include <xgrad/mpi/sharded_step.hpp>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

// Points in a square, and on which side of a wave they lie.
TensorDataset<Tensor<float>, Indices> points(std::size_t count, Rng& rng) {
    Array<float> x(Shape{count, 2});
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < count; ++i) {
        const double across = rng.uniform(-3, 3), up = rng.uniform(-2, 2);
        x(i, 0) = static_cast<float>(across);
        x(i, 1) = static_cast<float>(up);
        labels.push_back(up > across - across * across * across / 6);
    }
    return TensorDataset(Tensor(std::move(x)), Indices(labels));
}

void train(const mpi::Communicator& world) {
    Rng rng(1);
    Batches batches(points(10'000, rng), 250);
    Sequential net{Linear(2, 64, rng),  BatchNorm1d(64), ReLU(),
                   Linear(64, 64, rng), ReLU(),          Linear(64, 2, rng)};
    SGD sgd(net.parameters(), {.learning_rate = 0.1, .momentum = 0.9});

    mpi::ShardedStep step(world, net, {.shards = 8});
    batches.take_part(step.part());  // each process makes its own rows only
    double loss = 0;
    for (std::uint64_t n = 0; n < 400; ++n) {
        net.zero_grad();
        loss = step(n, batches, rng, [&](const auto& shard) {
            const auto& [x, labels] = shard;
            return cross_entropy(net(x), labels);
        });
        sgd.step();
    }
    if (world.rank() == 0) std::printf("loss %.17g, %zu processes\n", loss, world.size());
    if (loss > 0.1) throw std::runtime_error("the net has not learned");
}

int main() {
    const mpi::Communicator world;
    world.run([&] { train(world); });
}
