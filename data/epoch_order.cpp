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
constexpr std::size_t blocks_per_window = 16;

}  // namespace

EpochOrder::EpochOrder(std::size_t size, std::size_t batch_size, LastBatch last_batch, bool has_seed,
                       std::size_t window)
    : size_(size),
      batch_size_(batch_size),
      last_batch_(last_batch),
      has_seed_(has_seed || window > 0),
      block_(window == 0 ? 0 : std::max<std::size_t>(window / blocks_per_window, 1)) {
    if (size == 0) fail<ValueError>(op, "there are no samples");
    if (batch_size == 0) fail<ValueError>(op, "the batch size must be positive, got 0");
    if (per_epoch() == 0)
        fail<ValueError>(
            op, fmt::format("{} samples are less than one batch of {}, and the last batch is dropped", size,
                            batch_size));
    if (has_windows()) state_ = {{}, size, 0, size, block_};  // no epoch has begun
}

std::size_t EpochOrder::per_epoch() const noexcept {
    const bool partial = last_batch_ == LastBatch::keep && size_ % batch_size_ != 0;
    return size_ / batch_size_ + (partial ? 1 : 0);
}

std::size_t EpochOrder::left() const noexcept {
    return (has_windows() ? size_ : state_.order.size()) - state_.position;
}

bool EpochOrder::epoch_is_over() const noexcept {
    return left() == 0 || (left() < batch_size_ && last_batch_ == LastBatch::drop);
}

void EpochOrder::start() { start(0); }

void EpochOrder::start(Rng& rng) {
    start(has_windows() ? rng.bits() : 0);
    rng.shuffle(std::span(state_.order));
    if (has_seed_ && !has_windows()) state_.seed = rng.bits();
}

void EpochOrder::start(std::uint64_t seed) {
    drop_prepared();
    state_.position = 0;
    state_.seed = seed;
    if (has_windows()) return enter_windows();
    state_.order.resize(size_);
    std::iota(state_.order.begin(), state_.order.end(), std::size_t{0});
}

std::span<const std::size_t> EpochOrder::next_rows() const {
    const auto known = has_windows() ? std::span(rows_) : std::span(state_.order).subspan(state_.position);
    return known.first(std::min(batch_size_, known.size()));
}

void EpochOrder::advance() {
    const std::size_t count = next_rows().size();
    state_.position += count;
    if (!has_windows()) return;
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(count));
    fill_windows();
}

// The windows from the position on.
void EpochOrder::enter_windows() {
    blocks_.resize((size_ + block_ - 1) / block_);
    std::iota(blocks_.begin(), blocks_.end(), std::size_t{0});
    if (state_.seed != 0) Rng(state_.seed).shuffle(std::span(blocks_));
    std::size_t first = 0;  // position of the window
    next_window_ = 0;
    while (first < size_ && first + window_size(next_window_) <= state_.position)
        first += window_size(next_window_++);
    rows_.clear();
    fill_windows();
    if (first < state_.position)
        rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(state_.position - first));
}

// A window ahead, so that files are read before they are waited for.
void EpochOrder::fill_windows() {
    while (rows_.size() < batch_size_ + block_ * blocks_per_window &&
           next_window_ * blocks_per_window < blocks_.size())
        append_window();
}

std::size_t EpochOrder::window_size(std::size_t window) const {
    std::size_t count = 0;
    for (std::size_t i = window * blocks_per_window;
         i < std::min((window + 1) * blocks_per_window, blocks_.size()); ++i)
        count += std::min(block_, size_ - blocks_[i] * block_);
    return count;
}

void EpochOrder::append_window() {
    const std::size_t before = rows_.size(), begin = next_window_ * blocks_per_window;
    for (std::size_t i = begin; i < std::min(begin + blocks_per_window, blocks_.size()); ++i) {
        const std::size_t first = blocks_[i] * block_, count = std::min(block_, size_ - first);
        for (std::size_t row = first; row < first + count; ++row) rows_.push_back(row);
        announce(first, count);
    }
    ++next_window_;
    if (state_.seed != 0) Rng(state_.seed + next_window_).shuffle(std::span(rows_).subspan(before));
}

void EpochOrder::check(const EpochState& state) const {
    if (!has_windows() && state.order.empty() && state.position == 0) return;  // before the first epoch
    if (state.order.size() != (has_windows() ? 0 : size_))
        fail<ValueError>(op, fmt::format("expected an order of {} samples, got one of {}",
                                         has_windows() ? 0 : size_, state.order.size()));
    if (has_windows() && (state.samples != size_ || state.block != block_))
        fail<ValueError>(
            op,
            fmt::format(
                "{} samples are in windows of {}, but those of the saved position are {} in windows of {}: "
                "give the same files and BatchOptions::window",
                size_, block_ * blocks_per_window, state.samples, state.block * blocks_per_window));
    std::vector<bool> seen(state.order.size());
    for (const std::size_t row : state.order) {
        if (row >= size_ || seen[row])
            fail<ValueError>(op, fmt::format("expected every sample once in the order, got {} {}", row,
                                             row < size_ ? "twice" : fmt::format("of {}", size_)));
        seen[row] = true;
    }
    if (state.position > size_ || (state.position % batch_size_ != 0 && state.position != size_))
        fail<ValueError>(op, fmt::format("position {} in {} samples is not the beginning of a batch of {}",
                                         state.position, size_, batch_size_));
}

void EpochOrder::restore(EpochState state) {
    check(state);
    drop_prepared();
    state_ = std::move(state);
    if (has_windows()) enter_windows();
}

}  // namespace xgrad
