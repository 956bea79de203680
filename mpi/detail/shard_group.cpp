#include <xgrad/mpi/detail/shard_group.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <xgrad/autograd/shard.hpp>
#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>
#include <xgrad/mpi/detail/fiber.hpp>

namespace xgrad::mpi::detail {
namespace {

// Ends a call whose sum will not come.
struct Abandoned {};

// Errors in a call name its shard.
class ShardPlace final : public ErrorScope {
public:
    explicit ShardPlace(std::size_t shard) : shard_(shard) {}
    std::string path() const override { return fmt::format("shard {}", shard_); }

private:
    std::size_t shard_;
};

}  // namespace

class ShardGroup::ShardFiber final : public Shard {
public:
    explicit ShardFiber(const ShardGroup& group) : group_(group) {}

    void begin(std::size_t shard, std::uint64_t seed, const std::function<void(std::size_t)>& f) {
        shard_ = shard;
        seed_ = scrambled(seed, shard);
        rng_.reset();
        error_ = nullptr;
        resumed([&] {
            fiber_.start([this, &f] {
                try {
                    const ShardPlace place(shard_);
                    f(shard_);
                } catch (const Abandoned&) {
                } catch (...) {
                    error_ = std::current_exception();
                }
            });
        });
    }
    void go_on() {
        resumed([&] { fiber_.resume(); });
    }

    void all_sum(const char* op, std::span<double> values) override {
        op_ = op;
        asked_ = values;
        fiber_.suspend();
        if (group_.abandoned_.load(std::memory_order_relaxed)) throw Abandoned();
    }
    Rng& generator() noexcept override {
        if (!rng_) rng_.emplace(seed_);  // which takes a microsecond
        return *rng_;
    }
    bool shares_statistics() const noexcept override { return group_.shares_statistics_; }
    bool updates_buffers() const noexcept override { return shard_ == group_.local_.first; }

    std::size_t shard() const noexcept { return shard_; }
    bool ended() const noexcept { return fiber_.ended(); }
    const std::exception_ptr& error() const noexcept { return error_; }
    // What it asks for, while it has not ended.
    std::span<double> asked() const noexcept { return asked_; }
    const char* op() const noexcept { return op_; }
    // Whether both ask for the same, or have ended.
    bool agrees_with(const ShardFiber& other) const noexcept {
        if (ended() || other.ended()) return ended() == other.ended();
        return asked_.size() == other.asked_.size() && std::string_view(op_) == other.op_;
    }

private:
    template <class F>
    void resumed(F f) {
        Shard* const before = std::exchange(innermost, this);
        f();
        innermost = before;
    }

    const ShardGroup& group_;
    std::size_t shard_ = 0;
    std::uint64_t seed_ = 0;
    std::optional<Rng> rng_;
    Fiber fiber_;
    std::exception_ptr error_;
    std::span<double> asked_;
    const char* op_ = "";
};

// The threads take turns: all of them run their fibers, then one of them completes the sum.
struct ShardGroup::Turns {
    std::size_t threads;
    std::uint64_t seed;
    const std::function<void(std::size_t)>& f;
    const Complete& complete;
    std::exception_ptr error = nullptr;  // of completing
    bool ended = false;  // all fibers
    std::atomic<std::size_t> arrived = 0;
    std::atomic<std::uint64_t> turn = 0;
};

ShardGroup::ShardGroup(bool shares_statistics) : shares_statistics_(shares_statistics) {}
ShardGroup::~ShardGroup() = default;

void ShardGroup::run(Range local, std::uint64_t seed, const std::function<void(std::size_t)>& f,
                     const Complete& complete) {
    local_ = local;
    abandoned_.store(false, std::memory_order_relaxed);
    while (fibers_.size() < local.size()) fibers_.push_back(std::make_unique<ShardFiber>(*this));
    Turns turns{std::min({static_cast<std::size_t>(num_threads()), local.size(), xgrad::detail::most_parts}),
                seed, f, complete};
    const auto part = [&](std::size_t index) { run_some(index, turns); };
    const auto call = [](const void* context, std::size_t index) {
        (*static_cast<const decltype(part)*>(context))(index);
    };
    if (turns.threads < 2 || !xgrad::detail::run_together(turns.threads, call, &part)) {
        const Unsplit unsplit;
        turns.threads = 1;
        part(0);
    }
    for (std::size_t i = 0; i < local.size(); ++i)
        if (fibers_[i]->error()) std::rethrow_exception(fibers_[i]->error());
    if (turns.error) std::rethrow_exception(turns.error);
}

// What one thread does.
void ShardGroup::run_some(std::size_t thread, Turns& turns) {
    const Range mine = part_of(local_.size(), turns.threads, thread);
    for (std::size_t i = mine.first; i < mine.last; ++i)
        fibers_[i]->begin(local_.first + i, turns.seed, turns.f);
    for (std::uint64_t turn = 0;; ++turn) {
        turns.arrived.fetch_add(1, std::memory_order_acq_rel);
        if (thread == 0) {
            for (unsigned poll = 0; turns.arrived.load(std::memory_order_acquire) < turns.threads; ++poll)
                xgrad::detail::relax(poll);
            turns.arrived.store(0, std::memory_order_relaxed);
            end_turn(turns);
            turns.turn.store(turn + 1, std::memory_order_release);
        } else {
            for (unsigned poll = 0; turns.turn.load(std::memory_order_acquire) == turn; ++poll)
                xgrad::detail::relax(poll);
        }
        if (turns.ended) return;
        for (std::size_t i = mine.first; i < mine.last; ++i)
            if (!fibers_[i]->ended()) fibers_[i]->go_on();
    }
}

void ShardGroup::end_turn(Turns& turns) {
    turns.ended = std::all_of(fibers_.begin(), fibers_.begin() + static_cast<std::ptrdiff_t>(local_.size()),
                              [](const auto& fiber) { return fiber->ended(); });
    if (turns.ended) return;
    try {
        for (std::size_t i = 0; i < local_.size(); ++i)
            if (fibers_[i]->error()) return abandoned_.store(true, std::memory_order_relaxed);
        if (abandoned_.load(std::memory_order_relaxed)) return;
        check_agreement();
        complete_sum(turns.complete);
    } catch (...) {
        turns.error = std::current_exception();
        abandoned_.store(true, std::memory_order_relaxed);
    }
}

void ShardGroup::check_agreement() const {
    const auto what = [](const ShardFiber& fiber) {
        return fiber.ended() ? std::string("for no sum any more")
                             : fmt::format("for {} sums in {}", fiber.asked().size(), fiber.op());
    };
    const ShardFiber& first = *fibers_[0];
    for (std::size_t i = 1; i < local_.size(); ++i)
        if (const ShardFiber& other = *fibers_[i]; !first.agrees_with(other))
            fail<ValueError>(
                fmt::format("shard {} asks {}, shard {} {}: the function must do the same in each shard",
                            first.shard(), what(first), other.shard(), what(other)));
}

void ShardGroup::complete_sum(const Complete& complete) {
    const std::size_t n = fibers_[0]->asked().size();
    Doubles rows(local_.size() * n);
    for (std::size_t i = 0; i < local_.size(); ++i)
        std::ranges::copy(fibers_[i]->asked(), rows.begin() + static_cast<std::ptrdiff_t>(i * n));
    complete(fibers_[0]->op(), n, rows);
    for (std::size_t i = 0; i < local_.size(); ++i) std::copy_n(rows.begin(), n, fibers_[i]->asked().begin());
}

}  // namespace xgrad::mpi::detail
