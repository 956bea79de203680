#pragma once

#include <cstddef>
#include <span>

#include <xgrad/core/array.hpp>
#include <xgrad/core/background_loop.hpp>
#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>

namespace xgrad {

/// Converts images of a data set to normalized values in the background: by threads that have nothing to do
/// meanwhile, each the columns that are its own in the products of a training step.
template <class T>
class Prefetcher {
public:
    /// @param affine  one scale and one shift for each feature of `data`.
    Prefetcher(Dataset data, Affine<T> affine);

    /// Starts on these images, in place of any others. `rows`, indices into the data set, must stay as they
    /// are until finish() or cancel().
    void start(std::span<const std::size_t> rows);
    /// Whether images are started on.
    bool started() const noexcept { return started_; }
    /// Converts what is left of them, and returns their values, (rows, features). To be called once after
    /// start().
    Array<T> finish();
    /// Drops them.
    void cancel();

private:
    Dataset data_;
    Affine<T> affine_;
    bool started_ = false;
    Array<T> values_;
    BackgroundLoop conversion_;
};

}  // namespace xgrad
