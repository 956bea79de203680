#include <xgrad/mpi/sharded_step.hpp>

#include <algorithm>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include <xgrad/core/kernels/elementwise.hpp>
#include <xgrad/io/crc32.hpp>
#include <xgrad/mpi/detail/shard_gradients.hpp>
#include <xgrad/mpi/detail/shard_group.hpp>

namespace xgrad::mpi {
namespace {

using detail::Doubles;
using detail::Range;

constexpr char op[] = "ShardedStep";

}  // namespace

Indices rows_of(const Indices& indices, std::size_t first, std::size_t count) {
    Shape shape = indices.shape();
    if (shape.empty() || first + count > shape[0])
        fail<ShapeError>("rows_of", fmt::format("rows {} ... {} of indices of shape {}", first, first + count,
                                                to_string(shape)));
    const std::size_t size = shape[0] == 0 ? 0 : indices.size() / shape[0];
    shape[0] = count;
    return Indices(share(indices.values(), shape, first * size));
}

template <class T>
Batch<T> rows_of(const Batch<T>& batch, std::size_t first, std::size_t count) {
    const auto rows = [=](const Tensor<T>& x) {
        return slice(x, 0, static_cast<std::ptrdiff_t>(first), static_cast<std::ptrdiff_t>(first + count));
    };
    return {rows(batch.x), rows_of(batch.labels, first, count),
            batch.soft_labels.defined() ? rows(batch.soft_labels) : Tensor<T>()};
}
template Batch<float> rows_of(const Batch<float>&, std::size_t, std::size_t);
template Batch<double> rows_of(const Batch<double>&, std::size_t, std::size_t);

// A step. A batch that has fewer rows than there are shards is one of as many shards as rows, which every
// process computes as a whole: then nothing is sent.
template <class T>
class ShardedStep<T>::Body {
public:
    Body(const Communicator& world, Module<T>& net, ShardOptions options)
        : world_(world),
          options_(std::move(options)),
          parameters_(net.parameters()),
          group_(options_.share_statistics) {
        if (options_.shards < 1) fail<ValueError>(op, "expected at least one shard, got 0");
        if (options_.shards < world.size())
            fail<ValueError>(
                op,
                fmt::format("{} processes cannot share {} shards: give more shards, or start fewer processes",
                            world.size(), options_.shards));
        for (const Parameter<T>& parameter : parameters_) {
            offsets_.push_back(size_);
            size_ += parameter.tensor.size();
        }
        offsets_.push_back(size_);
        for (std::size_t r = 0; r < world.size(); ++r)
            for (const Range& node : detail::subtrees(options_.shards, local_of(r))) {
                all_nodes_.push_back(node);
                owners_.push_back(r);
            }
    }

    BatchPart part() const {
        return [shards = options_.shards, local = local_of(world_.rank())](std::size_t rows) {
            if (rows < shards) return RowRange{0, rows};
            return RowRange{detail::part_of(rows, shards, local.first).first,
                            detail::part_of(rows, shards, local.last - 1).last};
        };
    }

    double run(std::uint64_t step, std::size_t rows, const LossOf& loss) {
        if (rows == 0) fail<ValueError>(op, "expected a batch of at least one row, got 0");
        world_.at_step(step);
        if (options_.compare_every > 0 && step % options_.compare_every == 0) compare_parameters(step);
        replicated_ = rows < options_.shards;
        shards_ = replicated_ ? rows : options_.shards;
        local_ = replicated_ ? Range{0, rows} : local_of(world_.rank());
        if (world_.size() == 1) return compute(step, rows, loss);
        try {
            return compute(step, rows, loss);
        } catch (const std::exception& error) {
            world_.end_all(
                fmt::format("step {}: {}", step, error.what()));  // the others wait for this process
        }
    }

    bool stop_requested() const noexcept { return stop_requested_; }

    void check_part(std::size_t rows, std::size_t of_batch) const {
        if (const std::size_t own = part()(of_batch).size(); rows != own)
            fail<ValueError>(
                op,
                fmt::format(
                    "the batch has {} rows, and this process computes {} of {}: call batches.take_part(step.part()) first",
                    rows, own, of_batch));
    }

private:
    Range local_of(std::size_t rank) const { return detail::part_of(options_.shards, world_.size(), rank); }
    bool alone() const { return replicated_ || world_.size() == 1; }

    double compute(std::uint64_t step, std::size_t rows, const LossOf& loss) {
        while (gradients_.size() < local_.size())
            gradients_.push_back(std::make_unique<detail::ShardGradients<T>>(parameters_));
        // Of each shard: the loss, whether to stop, and which parameters have a gradient.
        const std::size_t n = 2 + parameters_.size();
        Doubles numbers(local_.size() * n);
        const RowRange own = part()(rows);
        group_.run(
            local_, scrambled(options_.seed, step),
            [&](std::size_t shard) {
                const Range here = detail::part_of(rows, shards_, shard);
                const std::size_t i = shard - local_.first;
                const double weight = static_cast<double>(here.size()) / static_cast<double>(rows);
                gradients_[i]->clear();
                const Tape<T> tape({.anomaly = options_.anomaly});
                const Tensor<T> mean = loss(here.first - own.first, here.size());
                if (mean.size() != 1)
                    fail<ShapeError>(
                        op,
                        fmt::format("expected the loss to be a scalar, the mean over the rows; got shape {}",
                                    to_string(mean.shape())));
                numbers[i * n] = static_cast<double>(mean.item()) * weight;
                xgrad::detail::Walk<T>("backward", mean, full<T>(mean.shape(), weight))
                    .run(*gradients_[i], {});
            },
            [this](const char* name, std::size_t count, Doubles& sums) { complete(name, count, sums); });
        numbers[1] = options_.stop_requested() ? 1 : 0;
        for (std::size_t i = 0; i < local_.size(); ++i)
            for (std::size_t p = 0; p < parameters_.size(); ++p)
                numbers[i * n + 2 + p] = gradients_[i]->has(p) ? 1 : 0;
        complete("loss", n, numbers);
        if (replicated_) world_.sum({&numbers[1], 1});  // each process has asked its own
        stop_requested_ = numbers[1] > 0;
        add_all_gradients({&numbers[2], parameters_.size()});
        return numbers[0];
    }

    // Of rows of n numbers, one for each local shard, the first becomes the sum over all shards.
    void complete(const char* name, std::size_t n, Doubles& rows) {
        const std::vector<Range> nodes = detail::subtrees(shards_, local_);
        for (const Range& node : nodes)
            detail::add_shards(node, rows.data() + (node.first - local_.first) * n, n);
        if (alone()) return;  // there is one subtree, the whole tree
        // Each row ends with what it is a sum of: the others must agree.
        const std::size_t width = n + 1;
        const auto tag = static_cast<double>(crc32(std::as_bytes(std::span(std::string_view(name)))));
        Doubles all(all_nodes_.size() * width);
        double* to = all.data() + first_node_of(world_.rank()) * width;
        for (const Range& node : nodes) {
            to = std::copy_n(rows.data() + (node.first - local_.first) * n, n, to);
            *to++ = tag;
        }
        std::vector<std::size_t> counts(world_.size());
        for (const std::size_t owner : owners_) counts[owner] += width * sizeof(double);
        world_.gather_all(name, reinterpret_cast<std::byte*>(all.data()), counts);
        for (std::size_t node = 0; node < all_nodes_.size(); ++node)
            if (all[node * width + n] != tag)
                fail<ValueError>(
                    op,
                    fmt::format(
                        "rank {} asks for sums in another op than {}: the function must do the same in each shard",
                        owners_[node], name));
        detail::add_rows<double>({0, shards_}, all_nodes_, all.data(), width);
        std::copy_n(all.begin(), n, rows.begin());
    }

    std::size_t first_node_of(std::size_t rank) const {
        return static_cast<std::size_t>(std::ranges::lower_bound(owners_, rank) - owners_.begin());
    }

    // Adds up the gradients of all shards, in one array in the order of the parameters, of which each
    // parameter's gradient is a part. `shards_with` says how many shards have one.
    void add_all_gradients(std::span<const double> shards_with) {
        const std::vector<Range> nodes = detail::subtrees(shards_, local_);
        Array<T> sums(Shape{nodes.size(), size_});
        const auto compute_parameter = [&](std::size_t p) {
            for (std::size_t node = 0; node < nodes.size(); ++node)
                detail::add_gradients(&gradients_[nodes[node].first - local_.first], nodes[node], p,
                                      offsets_[p + 1] - offsets_[p],
                                      sums.data() + node * size_ + offsets_[p]);
        };
        if (alone()) {
            for (std::size_t p = 0; p < parameters_.size(); ++p) compute_parameter(p);
        } else {
            Array<T> total(Shape{size_});
            GradientTransfer transfer(*this, sums.data(), total.data());
            for (std::size_t p = 0; p < parameters_.size(); ++p) {
                compute_parameter(p);
                transfer.send_until(offsets_[p + 1]);
            }
            transfer.finish();
            sums = std::move(total);
        }
        xgrad::detail::IntoLeaves<T> leaves;
        const Array<T>& flat = sums;
        for (std::size_t p = 0; p < parameters_.size(); ++p)
            if (shards_with[p] > 0)
                leaves.at_leaf(parameters_[p].tensor,
                               Tensor<T>(share(flat, parameters_[p].tensor.shape(), offsets_[p])));
        for (const auto& gradients : gradients_) gradients->clear();
    }

    // Sums over subtrees on their way: each process receives a slice of each piece, of all subtrees, adds up,
    // and sends the sum to all.
    class GradientTransfer {
    public:
        GradientTransfer(Body& body, const T* sums, T* total) : body_(body), sums_(sums), total_(total) {}

        // The sums of the first `end` elements are there.
        void send_until(std::size_t end) {
            const std::size_t piece = std::max<std::size_t>(1, body_.options_.bucket / sizeof(T));
            while (end - sent_ >= piece || (end == body_.size_ && sent_ < end)) {
                send({sent_, std::min(sent_ + piece, end)});
                sent_ = pieces_.back().range.last;
            }
            for (Piece& each : pieces_)
                for (auto& exchange : each.exchanges) body_.world_.test("gradients", *exchange);
        }
        void finish() {
            for (Piece& piece : pieces_) {
                for (auto& exchange : piece.exchanges) body_.world_.finish("gradients", *exchange);
                gather(piece);
            }
            for (Piece& piece : pieces_) body_.world_.finish("gradients", *piece.gathering);
        }

    private:
        struct Piece {
            Range range;
            std::vector<Communicator::TransferPtr> exchanges;  // one for each subtree of a process
            Communicator::TransferPtr gathering;
            Array<T> slices;  // (subtrees, elements of this process's slice)
        };

        Range slice(const Range& piece, std::size_t rank) const {
            const Range part = detail::part_of(piece.size(), body_.world_.size(), rank);
            return {piece.first + part.first, piece.first + part.last};
        }

        void send(const Range& range) {
            const std::size_t processes = body_.world_.size(),
                              mine = slice(range, body_.world_.rank()).size();
            Piece& piece = pieces_.emplace_back();
            piece.range = range;
            piece.slices = Array<T>(Shape{body_.all_nodes_.size(), mine});
            for (std::size_t k = 0;; ++k) {
                // The k-th subtree of each process that has so many.
                std::vector<std::size_t> from(processes + 1), counts(processes), offsets(processes);
                bool any = false;
                for (std::size_t r = 0; r < processes; ++r) {
                    const std::size_t node = body_.first_node_of(r) + k;
                    if (node >= body_.owners_.size() || body_.owners_[node] != r) continue;
                    any = true;
                    counts[r] = mine * sizeof(T);
                    offsets[r] = node * mine * sizeof(T);
                    if (r == body_.world_.rank())
                        for (std::size_t to = 0; to <= processes; ++to)
                            from[to] = detail::part_of(range.size(), processes, to).first * sizeof(T);
                }
                if (!any) return;
                piece.exchanges.push_back(body_.world_.exchange(
                    reinterpret_cast<const std::byte*>(sums_ + k * body_.size_ + range.first), from,
                    reinterpret_cast<std::byte*>(piece.slices.data()), counts, offsets));
            }
        }

        void gather(Piece& piece) {
            const Range mine = slice(piece.range, body_.world_.rank());
            std::size_t next = 0;
            T* const rows = piece.slices.data();
            detail::add_subtrees(
                Range{0, body_.shards_}, body_.all_nodes_, next, [&](std::size_t to, std::size_t from) {
                    kernels::binary(kernels::Binary::add, mine.size(), rows + to * mine.size(),
                                    kernels::Step::next, rows + from * mine.size(), kernels::Step::next,
                                    rows + to * mine.size());
                });
            std::copy_n(rows, mine.size(), total_ + mine.first);
            std::vector<std::size_t> counts;
            for (std::size_t r = 0; r < body_.world_.size(); ++r)
                counts.push_back(slice(piece.range, r).size() * sizeof(T));
            piece.gathering =
                body_.world_.begin_gather(reinterpret_cast<std::byte*>(total_ + piece.range.first), counts);
        }

        Body& body_;
        const T* sums_;
        T* total_;
        std::size_t sent_ = 0;
        std::vector<Piece> pieces_;
    };

    void compare_parameters(std::uint64_t step) {
        if (world_.size() == 1) return;
        std::vector<double> checksums;
        for (const Parameter<T>& parameter : parameters_) {
            const Array<T>& value = parameter.tensor.value();
            checksums.push_back(crc32(std::as_bytes(std::span(value.data(), value.size()))));
        }
        const std::vector<double> all = world_.gather(checksums);
        const std::size_t n = parameters_.size();
        if (all.size() != n * world_.size())
            world_.end_all(fmt::format("step {}: {} parameters here, {} in all processes together", step, n,
                                       all.size()));
        for (std::size_t r = 1; r < world_.size(); ++r)
            for (std::size_t p = 0; p < n; ++p)
                if (all[r * n + p] != all[p])
                    world_.end_all(fmt::format(
                        "step {}: {} of rank {} differs from that of rank 0: the processes must change their nets in the same way",
                        step, parameters_[p].name, r));
    }

    const Communicator& world_;
    const ShardOptions options_;
    const std::vector<Parameter<T>> parameters_;
    std::vector<std::size_t> offsets_;  // of the parameters in the array of gradients
    std::size_t size_ = 0;  // of this array
    std::vector<Range> all_nodes_;  // the subtrees of all processes, and whose they are
    std::vector<std::size_t> owners_;
    detail::ShardGroup group_;
    std::vector<std::unique_ptr<detail::ShardGradients<T>>> gradients_;  // of the local shards
    // Of the current step.
    bool replicated_ = false, stop_requested_ = false;
    std::size_t shards_ = 0;
    Range local_;
};

template <class T>
ShardedStep<T>::ShardedStep(const Communicator& world, Module<T>& net, ShardOptions options)
    : body_(std::make_unique<Body>(world, net, std::move(options))) {}
template <class T>
ShardedStep<T>::~ShardedStep() = default;

template <class T>
BatchPart ShardedStep<T>::part() const {
    return body_->part();
}

template <class T>
double ShardedStep<T>::run(std::uint64_t step, std::size_t rows, const LossOf& loss) {
    return body_->run(step, rows, loss);
}

template <class T>
void ShardedStep<T>::check_part(std::size_t rows, std::size_t of_batch) const {
    body_->check_part(rows, of_batch);
}

template <class T>
bool ShardedStep<T>::stop_requested() const noexcept {
    return body_->stop_requested();
}

template class ShardedStep<float>;
template class ShardedStep<double>;

}  // namespace xgrad::mpi
