#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace xgrad {

/// The base class of every error that xgrad throws deliberately.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// Shapes or axes that do not fit the operation.
struct ShapeError : Error {
    using Error::Error;
};
/// An argument outside its range: a label, a hyperparameter, an option.
struct ValueError : Error {
    using Error::Error;
};
/// A misuse of the tape: see docs/pitfalls.md.
struct GraphError : Error {
    using Error::Error;
};
/// A state (names, shapes) that does not fit the module it is loaded into.
struct StateError : Error {
    using Error::Error;
};
/// A file that is missing, short, over-long or otherwise not what it should be.
struct DataError : Error {
    using Error::Error;
};
/// A NaN or an infinity, found by a tape in `Anomaly::detect` mode.
struct NumericsError : Error {
    using Error::Error;
};

/// A place that error messages name while the object is alive (a module being called). Places nest per
/// thread.
class ErrorScope {
public:
    ErrorScope() noexcept : outer_(innermost) { innermost = this; }
    ErrorScope(const ErrorScope&) = delete;
    ErrorScope& operator=(const ErrorScope&) = delete;
    virtual ~ErrorScope() { innermost = outer_; }

    /// The whole path down to this place, such as `encoder.3.BatchNorm1d`.
    virtual std::string path() const = 0;

    /// The place around this one, or null.
    const ErrorScope* outer() const noexcept { return outer_; }
    /// The innermost place of this thread, or null.
    static const ErrorScope* current() noexcept { return innermost; }
    /// Makes `place` the innermost one of this thread, and returns the one that was: for who runs several
    /// computations in turns on one thread.
    static ErrorScope* exchange(ErrorScope* place) noexcept {
        ErrorScope* const before = innermost;
        innermost = place;
        return before;
    }

private:
    ErrorScope* outer_;
    inline static thread_local constinit ErrorScope* innermost = nullptr;
};

/// `message` prefixed with the path of the innermost `ErrorScope`: `0.Linear: message`.
std::string located(std::string_view message);

/// Throws an `E` with the text "place: message"; the place is the innermost `ErrorScope`, and is omitted if
/// there is none.
template <class E>
[[noreturn]] void fail(std::string_view message) {
    throw E(located(message));
}

/// Throws an `E` with the text "place: op: message".
template <class E>
[[noreturn]] void fail(std::string_view op, std::string_view message) {
    fail<E>(std::string(op) + ": " + std::string(message));
}

}  // namespace xgrad
