// Usage: [mpirun -n N] shards [STEPS [BUCKET]]
// What it costs to compute a training step in 8 shards: two nets of the report and a wide one, batch norm,
// SGD with momentum. A process alone times whole steps and steps in shards in turns, STEPS of each (200 by
// default), and prints the medians and the median ratio. Several processes print the median of their common
// steps, and how many times the bytes of the gradients they send, in pieces of BUCKET MB (4 by default). The
// threads are $XGRAD_NUM_THREADS in each process.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <xgrad/mpi/sharded_step.hpp>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

namespace {

struct Example {
    const char* name;
    std::vector<std::size_t> hidden;
    std::size_t batch;
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

double microseconds(const auto& f) {
    const auto start = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

void measure(const mpi::Communicator& world, const Example& example, int steps, std::size_t bucket) {
    constexpr std::size_t features = 3072, classes = 10, shards = 8;
    Rng rng(1);
    Sequential net;
    std::size_t in = features;
    for (const std::size_t out : example.hidden) {
        net.add(Linear(in, out, rng)).add(BatchNorm1d(out)).add(ReLU());
        in = out;
    }
    net.add(Linear(in, classes, rng));
    SGD sgd(net.parameters(), {.learning_rate = 1e-3, .momentum = 0.9});
    mpi::ShardedStep step(world, net, {.shards = shards, .compare_every = 0, .bucket = bucket});
    const RowRange part = step.part()(example.batch);
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < part.size(); ++i)
        labels.push_back(static_cast<std::int32_t>(rng.below(classes)));
    const Batch<float> batch{randn({part.size(), features}, rng), Indices(labels)};

    const auto whole = [&] {
        net.zero_grad();
        const Tape tape;
        cross_entropy(net(batch.x), batch.labels).backward();
        sgd.step();
    };
    std::uint64_t made = 0;
    const auto in_shards = [&] {
        net.zero_grad();
        step.run(made++, example.batch, [&](std::size_t first, std::size_t count) {
            const Batch<float> shard = mpi::rows_of(batch, first, count);
            return cross_entropy(net(shard.x), shard.labels);
        });
        sgd.step();
    };
    std::vector<double> of_whole, of_shards, ratios;
    const std::uint64_t before = world.bytes_sent();
    for (int i = 0; i < steps; ++i) {
        if (world.size() == 1) of_whole.push_back(microseconds(whole));
        of_shards.push_back(microseconds(in_shards));
        if (world.size() == 1) ratios.push_back(of_shards.back() / of_whole.back());
    }
    std::vector<double> bytes{static_cast<double>(world.bytes_sent() - before)};
    world.sum(bytes);
    if (world.rank() != 0) return;
    if (world.size() == 1)
        std::printf("%-28s %d threads: whole %7.0f us, 8 shards %7.0f us, ratio %.2f\n", example.name,
                    num_threads(), median(of_whole), median(of_shards), median(ratios));
    else
        std::printf("%-28s %zu processes of %d threads: 8 shards %7.0f us; sent %.2f times the gradients\n",
                    example.name, world.size(), num_threads(), median(of_shards),
                    bytes[0] / static_cast<double>(static_cast<std::size_t>(steps) * net.parameter_count() *
                                                   sizeof(float)));
}

}  // namespace

int main(int count, char** arguments) {
    const mpi::Communicator world;
    const int steps = count > 1 ? std::atoi(arguments[1]) : 200;
    const std::size_t bucket = static_cast<std::size_t>(count > 2 ? std::atoi(arguments[2]) : 4) << 20;
    world.run([&] {
        for (const Example& example : {Example{"3072-50-50-10, batch 100", {50, 50}, 100},
                                       Example{"9 layers, batch 100", {50, 30, 20, 20, 10, 10, 10, 10}, 100},
                                       Example{"3072-1024-1024-10, batch 256", {1024, 1024}, 256}})
            measure(world, example, example.batch > 100 ? std::max(1, steps / 5) : steps, bucket);
    });
}
