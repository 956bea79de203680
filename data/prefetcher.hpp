#pragma once

#include <cstddef>
#include <span>

#include <xgrad/core/array.hpp>
#include <xgrad/core/background_loop.hpp>
#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>

namespace xgrad {

/// Converts images of a data set to normalized values in the background, on idle threads. Each thread
/// converts the columns that it owns in the matrix products of a training step.
template <class T>
class Prefetcher {
public:
    /// @param affine  one scale and one shift for each feature of `data`.
    Prefetcher(Dataset data, Affine<T> affine);

    /// Starts to convert these images and drops any others. `rows`, indices into the data set, must stay
    /// valid and unchanged until finish() or cancel().
    void start(std::span<const std::size_t> rows);
    /// Completes the conversion and returns the values, (rows, features). Call it once after start().
    Array<T> finish();
    /// Drops the conversion.
    void cancel() { conversion_.cancel(); }

private:
    Dataset data_;
    Affine<T> affine_;
    Array<T> values_;
    BackgroundLoop conversion_;
};

}  // namespace xgrad
