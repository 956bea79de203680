#pragma once

#include <atomic>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <string>
#include <utility>

#include <xgrad/core/array.hpp>
#include <xgrad/core/error.hpp>
#include <xgrad/core/intrusive_ptr.hpp>
#include <xgrad/core/rng.hpp>
#include <xgrad/core/shape.hpp>

namespace xgrad {

template <class T>
class Tensor;

/// Whether a leaf collects a gradient.
enum class RequiresGrad { no, yes };

/// Options of `Tensor::backward`.
struct BackwardOptions {
    bool retain_graph = false;  ///< Keep the tape's entries, so that it can be walked again.
};

namespace detail {

template <class T>
class Recorder;
template <class T>
class Walk;
template <class T>
class IntoLeaves;

// The state that the handles of one Tensor share. `tape` and `entry` say where it was recorded; tape 0 means
// nowhere (a leaf, or a constant). In a leaf, `entry` is a hint for its index among a tape's leaves; tapes of
// several threads may each write their own.
template <class T>
struct Body : Counted {
    bool requires_grad = false;
    std::uint64_t changed_at = 0;
    std::uint64_t tape = 0;
    std::atomic<std::size_t> entry = 0;
    Tensor<T> gradient;
    Array<T> value;

    template <class F>
    explicit Body(F& compute) : value(compute()) {}
};

// A logical clock that ticks when a value is changed in place. Each tape entry stores the time of its
// recording. No value that its backward function reads may have changed since.
inline std::atomic<std::uint64_t> change_clock{0};

struct Reader {
    std::uint64_t recorded_at = std::numeric_limits<std::uint64_t>::max();
    const char* op = nullptr;
};
inline thread_local constinit Reader reader{};

[[noreturn]] void fail_changed(const Shape& shape);
[[noreturn]] void fail_reshaped(const Shape& before, const Shape& after);
[[noreturn]] void fail_undefined();

}  // namespace detail

/// A cheap handle to an array that a `Tape` can record. Copies of a handle share the value and the gradient.
///
/// A default-constructed Tensor refers to no value (`defined()` is false) and can only be assigned to.
template <class T = float>
class Tensor {
public:
    using value_type = T;  ///< The element type: `float` or `double`.

    Tensor() = default;
    /// A leaf with the given value.
    explicit Tensor(Array<T> value, RequiresGrad requires_grad = RequiresGrad::no);
    /// A constant whose value is `compute()`, constructed in place because moving an xtensor array is not
    /// cheap.
    template <class F>
    static Tensor computed(F compute) {
        return Tensor(IntrusivePtr<Body>::make(compute));
    }

    /// Whether the handle refers to a value.
    bool defined() const noexcept { return static_cast<bool>(body_); }

    /// The value. @throws GraphError  a backward function reads it after it was changed in place.
    const Array<T>& value() const {
        const auto& b = body();
        if (b.changed_at > detail::reader.recorded_at) [[unlikely]]
            detail::fail_changed(b.value.shape());
        return b.value;
    }
    /// The extents, outermost first.
    const Shape& shape() const { return body().value.shape(); }
    /// The number of axes.
    std::size_t dim() const { return body().value.dimension(); }
    /// The number of elements.
    std::size_t size() const { return body().value.size(); }

    /// The value of a Tensor with one element. @throws ShapeError  the size is not 1.
    T item() const;

    /// Whether gradients flow to this Tensor: a leaf that requires a gradient, or a recorded result.
    bool requires_grad() const { return body().requires_grad || body().tape != 0; }
    /// Whether this Tensor is not a recorded result.
    bool is_leaf() const { return body().tape == 0; }
    /// Sets whether a leaf collects a gradient. Not safe while another thread uses the Tensor.
    /// @throws GraphError  not a leaf.
    void set_requires_grad(RequiresGrad requires_grad);

    /// Whether a gradient has arrived since the last `zero_grad()`.
    bool has_grad() const { return body().gradient.defined(); }
    /// The accumulated gradient of a leaf, a constant of the leaf's shape. @throws GraphError  there is none.
    const Tensor& grad() const;
    /// Marks the gradient absent; the next contribution is moved in, not added.
    void zero_grad() { body().gradient = Tensor(); }

    /// Replaces the value of a leaf by one of the same shape.
    /// @throws GraphError  not a leaf.  @throws ShapeError  the shape differs.
    void assign(Array<T> value);
    /// Changes the value of a leaf in place by `change(Array<T>&)`. A backward function that saved the old
    /// value will throw.
    /// @throws GraphError  not a leaf. @throws ShapeError  `change` changed the shape; the Tensor then has
    /// its old shape, and every element is NaN.
    template <class F>
    void update(F&& change) {
        check_leaf("update");
        if (!body_.is_only_owner())
            body().changed_at = ++detail::change_clock;  // else no backward function can have saved it
        const Shape before = shape();
        try {
            std::forward<F>(change)(body().value);
        } catch (...) {
            restore_shape(before);
            throw;
        }
        if (const Shape after = restore_shape(before); after != before) detail::fail_reshaped(before, after);
    }

    /// A constant of the same value, which is not recorded. Changes of the one do not show in the other.
    Tensor detach() const {
        return computed([x = &value()] { return share(*x, x->shape()); });
    }

    /// Adds the gradient of this scalar to every leaf that it depends on, and empties the tape. A leaf
    /// depends on itself.
    /// @throws GraphError  not recorded, its tape was already emptied or has ended, or more than one element.
    void backward(const BackwardOptions& options = {}) const;
    /// The same for any shape: the gradient of sum(seed * this).
    /// @throws ShapeError  the seed has another shape.
    void backward(const Tensor& seed, const BackwardOptions& options = {}) const;

    /// Whether both handles refer to the same body.
    bool is_same(const Tensor& other) const noexcept { return body_ == other.body_; }

private:
    friend class detail::Recorder<T>;
    friend class detail::Walk<T>;
    friend class detail::IntoLeaves<T>;

    using Body = detail::Body<T>;
    explicit Tensor(IntrusivePtr<Body>&& body) noexcept : body_(std::move(body)) {}
    Body& body() const {
        if (!body_) [[unlikely]]
            detail::fail_undefined();
        return *body_;
    }
    void check_leaf(const char* op) const;
    Shape restore_shape(const Shape& before);

    IntrusivePtr<Body> body_;
};

/// A constant of that shape with every element 0. @throws ShapeError  2^60 elements or more (as for those
/// below).
template <class T = float>
Tensor<T> zeros(const Shape& shape);
/// A constant of that shape with every element 1.
template <class T = float>
Tensor<T> ones(const Shape& shape);
/// A constant of that shape with every element `value`.
template <class T = float>
Tensor<T> full(const Shape& shape, double value);

/// A constant of that shape with independent standard normal elements.
template <class T = float>
Tensor<T> randn(const Shape& shape, Rng& rng);

/// A constant of that shape with independent elements, uniform in [low, high).
/// @throws ValueError  as for Rng::uniform().
template <class T = float>
Tensor<T> uniform(const Shape& shape, Rng& rng, double low = 0, double high = 1);

/// The value (the first and last three elements of each long axis), the scalar type, the shape, and whether
/// it is recorded or a leaf that requires a gradient.
template <class T>
std::string to_string(const Tensor<T>& x);
/// Prints `to_string(x)`.
template <class T>
std::ostream& operator<<(std::ostream& out, const Tensor<T>& x);

}  // namespace xgrad
