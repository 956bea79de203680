#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/data/batches.hpp>
#include <xgrad/mpi/communicator.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad::mpi {

/// How a batch is cut, and what its parts share.
struct ShardOptions {
    /// The number of parts of a batch. It belongs to the experiment, like the batch size: the result depends
    /// on it, but not on the number of processes and threads that share the work.
    std::size_t shards = 1;
    /// Whether batch norm normalizes with the statistics of the whole batch; else each shard with its own.
    bool share_statistics = true;
    /// What `Dropout` and the like draw in a step follows from this, the step and the shard.
    std::uint64_t seed = 0;
    /// The processes compare their parameters before each step whose number is a multiple of this; 0: never.
    std::uint64_t compare_every = 100;
    Anomaly anomaly = Anomaly::ignore;  ///< What the shards' tapes do about a NaN or an infinity.
    /// Gradients are sent in pieces of so many bytes: one is on its way while the next is computed.
    std::size_t bucket = std::size_t{1} << 22;
    /// Asked by each process in each step; see `ShardedStep::stop_requested`.
    std::function<bool()> stop_requested = [] { return false; };
};

/// Some indices along the first axis, in the memory of all.
/// @throws ShapeError  there are no such rows.
Indices rows_of(const Indices& indices, std::size_t first, std::size_t count);
/// The same rows of what a batch has.
/// @throws ShapeError  there are no such rows.
template <class T>
Batch<T> rows_of(const Batch<T>& batch, std::size_t first, std::size_t count);
/// The same of a tuple of Tensors and `Indices`.
template <class... Fields>
std::tuple<Fields...> rows_of(const std::tuple<Fields...>& batch, std::size_t first, std::size_t count);

namespace detail {
template <class T>
std::size_t rows_in(const Batch<T>& batch) {
    return batch.labels.size();
}
template <class... Fields>
std::size_t rows_in(const std::tuple<Fields...>& batch) {
    return std::get<0>(batch).shape()[0];
}
}  // namespace detail

/// Computes a loss and its gradients in parts, the shards of the batch, on several threads and processes.
/// **The bits do not depend on how many of them there are:** a shard is computed by itself, wherever that is,
/// and what shards add up is added in the order of a tree over them, in double where the sums are of
/// statistics and losses.
///
///     mpi::Communicator world;
///     mpi::ShardedStep step(world, net, {.shards = 8});
///     …
///     batches.take_part(step.part());  // each process makes its own rows only
///     for (std::uint64_t n = 0; n < steps; ++n) {
///         net.zero_grad();
///         const double loss = step(n, batches, rng, [&](const auto& shard) {
///             return cross_entropy(net(shard.x), shard.labels);
///         });
///         sgd.step();
///     }
///
/// The loss is the mean over the batch: that of each shard counts by its rows. Its gradients are added to
/// those of the parameters, as by `backward()`, in all processes; they share the memory of one array.
///
/// The function runs on a stack of 1 MB, and on several threads at once: what it changes beside the net must
/// be its own. It must not ask for a sum (nor call a batch norm) while it handles an exception or holds
/// a lock, and modules in it cannot be `recomputed`.
template <class T = float>
class ShardedStep {
public:
    /// The mean loss of some rows.
    using LossOf = std::function<Tensor<T>(std::size_t first, std::size_t count)>;

    /// The net and the communicator must outlive this. All processes have the same net, and change it in the
    /// same way.
    /// @throws ValueError  no shards, or fewer than processes.
    ShardedStep(const Communicator& world, Module<T>& net, ShardOptions options);
    ShardedStep(const ShardedStep&) = delete;
    ShardedStep& operator=(const ShardedStep&) = delete;
    ~ShardedStep();

    /// Which rows of a batch this process computes, as a function of their number.
    BatchPart part() const;

    /// Takes the next batch, of which `batches` must make the `part()` of this process, and calls
    /// `loss(rows)` with the rows of each of its shards, on several threads at once. The function must do the
    /// same for each: record a scalar, the mean of its rows' losses.
    /// @returns  the loss of the whole batch.
    /// @throws ValueError  the batch has other rows.
    /// @throws what `loss` throws, from the first shard that does; other errors as for `run`.
    template <class Loader, class F>
    double operator()(std::uint64_t step, Batches<Loader>& batches, Rng& rng, const F& loss) {
        const auto& batch = batches.next(rng);
        check_part(detail::rows_in(batch), batches.last_size());
        return run(step, batches.last_size(),
                   [&](std::size_t first, std::size_t count) { return loss(rows_of(batch, first, count)); });
    }
    /// The same for a batch of so many rows in all. `loss(first, count)` computes some rows, counted from the
    /// first one of this process.
    /// @throws ValueError  no rows, or the shards ask for different sums.
    /// @throws GraphError, ShapeError  the loss is no recorded scalar.
    /// @throws GraphError  it depends on a leaf that requires a gradient and is no parameter of the net.
    double run(std::uint64_t step, std::size_t rows, const LossOf& loss);

    /// Whether any process was asked to stop in the last step: the same answer in all processes.
    bool stop_requested() const noexcept;

private:
    void check_part(std::size_t rows, std::size_t of_batch) const;

    class Body;
    std::unique_ptr<Body> body_;
};

/// @cond  deduction guides
template <class T>
ShardedStep(const Communicator&, Module<T>&, ShardOptions) -> ShardedStep<T>;
/// @endcond

template <class... Fields>
std::tuple<Fields...> rows_of(const std::tuple<Fields...>& batch, std::size_t first, std::size_t count) {
    const auto end = static_cast<std::ptrdiff_t>(first + count);
    const auto cut = [&]<class Field>(const Field& field) -> Field {
        if constexpr (std::is_same_v<Field, Indices>)
            return rows_of(field, first, count);
        else
            return slice(field, 0, static_cast<std::ptrdiff_t>(first), end);
    };
    return std::apply([&](const auto&... fields) { return std::tuple<Fields...>(cut(fields)...); }, batch);
}
}  // namespace xgrad::mpi
