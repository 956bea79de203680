#include <xgrad/data/epoch_order.hpp>

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace xgrad {
namespace {

constexpr std::string_view op = "Batches";

}  // namespace

EpochOrder::EpochOrder(std::size_t size, std::size_t batch_size, LastBatch last_batch, bool has_seed)
    : size_(size), batch_size_(batch_size), last_batch_(last_batch), has_seed_(has_seed) {
    if (size == 0) fail<ValueError>(op, "there are no samples");
    if (batch_size == 0) fail<ValueError>(op, "the batch size must be positive, got 0");
    if (per_epoch() == 0)
        fail<ValueError>(
            op, fmt::format("{} samples are less than one batch of {}, and the last batch is dropped", size,
                            batch_size));
}

std::size_t EpochOrder::per_epoch() const noexcept {
    const bool partial = last_batch_ == LastBatch::keep && size_ % batch_size_ != 0;
    return size_ / batch_size_ + (partial ? 1 : 0);
}

bool EpochOrder::epoch_is_over() const noexcept {
    const std::size_t left = state_.order.size() - state_.position;
    return left == 0 || (left < batch_size_ && last_batch_ == LastBatch::drop);
}

void EpochOrder::start() {
    drop_prepared();
    state_.order.resize(size_);
    std::iota(state_.order.begin(), state_.order.end(), std::size_t{0});
    state_.position = 0;
    state_.seed = 0;
}

void EpochOrder::start(Rng& rng) {
    start();
    rng.shuffle(std::span(state_.order));
    if (has_seed_) state_.seed = rng.bits();
}

std::span<const std::size_t> EpochOrder::next_rows() const {
    const auto left = std::span(state_.order).subspan(state_.position);
    return left.first(std::min(batch_size_, left.size()));
}

void EpochOrder::restore(EpochState state) {
    if (!state.order.empty() || state.position != 0) {  // not before the first epoch
        std::vector<bool> seen(size_);
        if (state.order.size() != size_)
            fail<ValueError>(
                op, fmt::format("expected an order of {} samples, got one of {}", size_, state.order.size()));
        for (const std::size_t row : state.order) {
            if (row >= size_ || seen[row])
                fail<ValueError>(op, fmt::format("expected every sample once in the order, got {} {}", row,
                                                 row < size_ ? "twice" : fmt::format("of {}", size_)));
            seen[row] = true;
        }
        if (state.position > size_ || (state.position % batch_size_ != 0 && state.position != size_))
            fail<ValueError>(op,
                             fmt::format("position {} in {} samples is not the beginning of a batch of {}",
                                         state.position, size_, batch_size_));
    }
    drop_prepared();
    state_ = std::move(state);
}

}  // namespace xgrad
