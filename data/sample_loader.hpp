#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include <xgrad/core/array.hpp>
#include <xgrad/core/background_loop.hpp>
#include <xgrad/data/transforms.hpp>

namespace xgrad {

/// The rows first ... last - 1 of a batch.
struct RowRange {
    std::size_t first = 0;  ///< The first one.
    std::size_t last = 0;   ///< The one behind the last.

    /// How many there are.
    std::size_t size() const noexcept { return last - first; }
    /// Whether both are the same rows.
    bool operator==(const RowRange&) const = default;
};

/// Which samples a batch has, and where they are in their epoch.
struct BatchPlan {
    std::span<const std::size_t> rows;  ///< Indices into the data set.
    std::size_t position;               ///< Of the first one in its epoch.
    std::uint64_t seed;                 ///< Of the epoch's random transforms.
    RowRange part{0, rows.size()};      ///< Those that are made.

    /// The indices of those that are made.
    std::span<const std::size_t> own_rows() const { return rows.subspan(part.first, part.size()); }
};

/// How a sample is mixed: y = weight * sample + (1 - weight) * other.
struct Mix {
    std::size_t other;  ///< The index of the other sample in the batch.
    double weight;      ///< In [0, 1].
};

namespace detail {

[[noreturn]] void fail_part(const RowRange& part, std::size_t rows);

/// Mixes `to` with another sample of n values.
template <class T>
void mix_into(T* to, const T* other, std::size_t n, double weight) {
    for (std::size_t j = 0; j < n; ++j) to[j] = other[j] + static_cast<T>(weight) * (to[j] - other[j]);
}

}  // namespace detail

/// Makes the values of a batch on idle threads: reads samples, transforms and mixes them.
template <class T>
class SampleLoader {
public:
    /// Where samples are read from, called on several threads at once: the bytes of an image, or values, of
    /// sample i of the batch, which is `row` of the data set. The memory stays valid until the same thread
    /// reads again.
    struct Source {
        std::function<const std::uint8_t*(std::size_t i, std::size_t row)> bytes;  ///< Either this ...
        std::function<const T*(std::size_t i, std::size_t row)> values;  ///< ... or this.
    };

    /// @param sample  the shape of a sample.
    /// @param mixup  alpha of the distribution Beta(alpha, alpha) of the weights of mixed samples; 0: none.
    /// @throws ShapeError  a transform is not for samples of this shape.
    /// @throws ValueError  an alpha that is negative or not finite.
    SampleLoader(const Shape& sample, Source source, std::vector<Transform<T>> transforms, double mixup);

    /// Whether anything is drawn at random.
    bool random() const noexcept { return random_ || mixup_ > 0; }
    /// How each sample that is made is mixed; none if they are not.
    std::vector<Mix> mixes(const BatchPlan& plan) const;

    /// Starts to make the samples of `plan.part` and drops any others. `plan.rows` must stay valid and
    /// unchanged until finish() or cancel().
    void start(const BatchPlan& plan);
    /// Completes the samples and returns them, (rows, values of a sample). Call it once after start().
    /// Rethrows what a transform threw.
    Array<T> finish();
    /// Drops the samples.
    void cancel() { loop_.cancel(); }

private:
    Mix mix(const BatchPlan& plan, std::size_t i) const;
    void make(const BatchPlan& plan, std::size_t i, T* to) const;
    void make_mixed(const BatchPlan& plan, std::size_t i, T* to) const;

    std::size_t size_;
    ImageShape image_;
    Source source_;
    std::vector<Transform<T>> transforms_;
    std::size_t on_bytes_ = 0;  // how many transforms work on bytes
    std::size_t after_conversion_ = 0;  // the first transform that the conversion does not include
    Affine<T> conversion_;
    bool random_ = false;  // whether a transform draws anything
    double mixup_;
    Array<T> values_;
    std::mutex mutex_;
    std::exception_ptr error_;  // the first one of this batch
    BackgroundLoop loop_;
};

}  // namespace xgrad
