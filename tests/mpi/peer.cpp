// Usage: xgrad_mpi_peer OUT STEPS float|double [MODE]
// A training that any number of processes share: the report's net with batch norm and dropout, on random
// images, in 8 shards of batches of 100, of which the last of an epoch has 5 rows. Rank 0 writes all losses
// and the state after the training to OUT, and prints the bytes that all processes have sent for a step that
// they share, over those of the gradients. tests/scripts/test_processes.sh compares what different numbers of
// processes write. MODE is a mistake that it must notice, or something that goes wrong in the last rank at
// step 3.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include <fmt/format.h>

#include <xgrad/mpi/sharded_step.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/nn/state.hpp>
#include <xgrad/optim/sgd.hpp>

using namespace xgrad;

namespace {

struct Arguments {
    std::string out;
    std::uint64_t steps;
    std::string mode;
};

template <class T>
void train(const mpi::Communicator& world, const Arguments& arguments) {
    const std::string &out = arguments.out, &mode = arguments.mode;
    const std::uint64_t steps = arguments.steps;
    Rng rng(1);
    std::vector<std::int32_t> labels;
    for (int i = 0; i < 505; ++i) labels.push_back(static_cast<std::int32_t>(rng.below(10)));
    Batches batches(TensorDataset(randn<T>({505, 3072}, rng), Indices(labels)), 100);
    Sequential<T> net;
    net.add(Linear<T>(3072, 50, rng)).add(BatchNorm1d<T>(50)).add(ReLU<T>()).add(Dropout<T>(0.2, rng));
    net.add(Linear<T>(50, 50, rng)).add(BatchNorm1d<T>(50)).add(ReLU<T>()).add(Linear<T>(50, 10, rng));
    SGD<T> sgd(net.parameters(), {.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 1e-3});
    mpi::ShardedStep<T> step(world, net,
                             {.shards = 8, .share_statistics = mode != "statistics", .compare_every = 5});
    const BatchPart part = step.part();
    if (mode == "rows-twice")
        batches.take_part([part](std::size_t rows) {
            const RowRange mine = part(rows);
            return mine.first > 0 ? RowRange{0, mine.size()} : mine;
        });
    else
        batches.take_part(part);
    const bool last = world.rank() + 1 == world.size();
    std::vector<double> losses;
    std::uint64_t shared = 0;  // steps
    for (std::uint64_t n = 0; n < steps; ++n) {
        if (n == 3 && last) {
            if (mode == "throws") throw std::runtime_error("something went wrong");
            if (mode == "stops") std::raise(SIGSTOP);
            if (mode == "dies") std::raise(SIGKILL);
            if (mode == "elsewhere") world.wait();
            if (mode == "differs")
                net.parameters()[4].tensor.update([](Array<T>& values) { values.data()[7] += T{1}; });
        }
        net.zero_grad();
        losses.push_back(step(n, batches, rng, [&](const auto& shard) {
            const auto& [x, classes] = shard;
            const Tensor<T> loss = cross_entropy(net(x), classes);
            const auto rows = static_cast<double>(classes.size()),
                       all = static_cast<double>(batches.last_size());
            if (mode == "averaged")
                return loss * (all / (8 * rows));  // shards count alike, not by their rows
            if (mode == "no-mean") return loss * all;
            return loss;
        }));
        sgd.step();
        if (batches.last_size() >= 8) ++shared;
    }
    std::vector<double> bytes{static_cast<double>(world.bytes_sent())};
    world.sum(bytes);
    if (world.rank() != 0) return;
    save_state(out, net);
    std::ofstream(out, std::ios::app | std::ios::binary)
        .write(reinterpret_cast<const char*>(losses.data()),
               static_cast<std::streamsize>(losses.size() * sizeof(double)));
    fmt::print("{:.4f}\n", bytes[0] / static_cast<double>(shared * net.parameter_count() * sizeof(T)));
}

}  // namespace

int main(int, char** arguments) {
    const mpi::Communicator world(std::chrono::seconds(3));
    world.run([&] {
        const Arguments given{arguments[1], std::strtoull(arguments[2], nullptr, 10),
                              arguments[4] ? arguments[4] : ""};
        if (std::string(arguments[3]) == "double")
            train<double>(world, given);
        else
            train<float>(world, given);
    });
}
