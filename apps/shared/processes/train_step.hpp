#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "shared/processes/world.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/data/batches.hpp>
#include <xgrad/nn/module.hpp>
#include <xgrad/optim/optimizer.hpp>
#include <xgrad/train/training_loop.hpp>

#if XGRAD_HAS_MPI
#include <xgrad/mpi/sharded_step.hpp>
#endif

namespace apps {

/// Updates the net by the gradient of its mean cross-entropy over the batch, which it returns.
template <class T>
double train_step(xgrad::Module<T>& net, const xgrad::Batch<T>& batch, xgrad::Optimizer<T>& optimizer,
                  double label_smoothing = 0) {
    net.zero_grad();
    xgrad::Tape<T> tape;
    const xgrad::Tensor<T> loss =
        cross_entropy(net(batch.x), batch.labels, xgrad::Reduction::mean, label_smoothing);
    loss.backward();
    optimizer.step();
    return static_cast<double>(loss.item());
}

/// What a step is that processes may share.
struct StepOptions {
    double label_smoothing = 0;
    std::size_t shards = 0;  ///< of a batch, which all processes share; 0: one process computes it as a whole
    std::uint64_t seed = 0;  ///< of what shards draw
    std::function<bool()> stop_requested = [] { return false; };
};

/// The steps of a training, as `train_step`, which the processes make together.
template <class T>
class TrainStep {
public:
    /// `batches` makes this process's part of each batch from now on.
    /// @throws xgrad::ValueError  there are several processes and fewer shards, or the program has no shards.
    template <class Loader>
    TrainStep(const World& world, xgrad::Module<T>& net, [[maybe_unused]] xgrad::Batches<Loader>& batches,
              StepOptions options)
        : net_(net), options_(std::move(options)) {
        using xgrad::fail;
        if (options_.shards < world.size() && world.size() > 1)
            fail<xgrad::ValueError>(
                "--shards",
                fmt::format(
                    "{} processes share a training in shards of its batches: expected at least {}, got {}",
                    world.size(), world.size(), options_.shards));
        if (options_.shards == 0) return;
#if XGRAD_HAS_MPI
        sharded_.emplace(
            world, net,
            xgrad::mpi::ShardOptions{
                .shards = options_.shards, .seed = options_.seed, .stop_requested = options_.stop_requested});
        batches.take_part(sharded_->part());
#else
        fail<xgrad::ValueError>(
            "--shards",
            "this program is built without xgrad::mpi (Debian: libopenmpi-dev, libboost-context-dev)");
#endif
    }

    /// Makes one, and returns the loss of the batch.
    template <class Loader>
    double operator()([[maybe_unused]] std::uint64_t step, xgrad::Batches<Loader>& batches, xgrad::Rng& rng,
                      xgrad::Optimizer<T>& optimizer) {
#if XGRAD_HAS_MPI
        if (sharded_) {
            net_.zero_grad();
            const double loss = (*sharded_)(step, batches, rng, [this](const xgrad::Batch<T>& shard) {
                return cross_entropy(net_(shard.x), shard.labels, xgrad::Reduction::mean,
                                     options_.label_smoothing);
            });
            optimizer.step();
            return loss;
        }
#endif
        return train_step(net_, batches.next(rng), optimizer, options_.label_smoothing);
    }

    /// The given one, for a training by these steps: all processes stop after the same one.
    /// @param step  is asked later, and need not be constructed yet.
    static xgrad::Checkpointing shared(xgrad::Checkpointing given, const World& world,
                                       const TrainStep& step) {
        given.processes = world.processes();
        given.stop_requested = [&step] {
#if XGRAD_HAS_MPI
            if (step.sharded_) return step.sharded_->stop_requested();
#endif
            return step.options_.stop_requested();
        };
        return given;
    }

private:
    xgrad::Module<T>& net_;
    StepOptions options_;
#if XGRAD_HAS_MPI
    std::optional<xgrad::mpi::ShardedStep<T>> sharded_;
#endif
};

}  // namespace apps
