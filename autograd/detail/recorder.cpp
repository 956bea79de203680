#include <xgrad/autograd/detail/recorder.hpp>

#include <memory>

#include <fmt/format.h>

#include <xgrad/autograd/tape.hpp>
#include <xgrad/core/kernels/elementwise.hpp>

namespace xgrad::detail {
namespace {

std::atomic<std::uint64_t> last_tape_id{0};

std::uint64_t new_tape_id() { return ++last_tape_id; }

template <class T>
using Other = std::conditional_t<std::is_same_v<T, float>, double, float>;

template <class T>
constexpr const char* scalar_name = std::is_same_v<T, float> ? "float" : "double";

}  // namespace

template <class T>
Recorder<T>::Recorder(Anomaly anomaly) : anomaly_(anomaly), id_(new_tape_id()), outer_(innermost) {
    innermost = this;
}

template <class T>
Recorder<T>::~Recorder() {
    clear();
    Recorder** link = &innermost;
    while (*link && *link != this) link = &(*link)->outer_;
    if (*link) *link = outer_;
}

template <class T>
void Recorder<T>::fail_recorded_elsewhere(const char* op, const Tensor<T>& x) {
    fail<GraphError>(
        op,
        fmt::format(
            "an input of shape {} was recorded by another tape (an outer one, or one that has ended or been emptied by backward()); detach() it to use its value here",
            to_string(x.shape())));
}

template <class T>
void Recorder<T>::check_no_other_tape(const char* op) {
    if (Recorder<Other<T>>::current())
        fail<GraphError>(
            op,
            fmt::format(
                "a Tape<{0}> records here, but the input is a Tensor<{1}> that requires a gradient; open a Tape<{1}>",
                scalar_name<Other<T>>, scalar_name<T>));
}

template <class T>
Recorder<T>& Recorder<T>::owner_of(const char* op, const Tensor<T>& y) {
    const std::uint64_t id = y.body().tape;
    if (id == 0)
        fail<GraphError>(
            op,
            fmt::format(
                "no tape recorded this Tensor of shape {}: it was computed outside a Tape, or from nothing that requires a gradient",
                to_string(y.shape())));
    for (Recorder* recorder = innermost; recorder; recorder = recorder->outer_)
        if (recorder->id_ == id) return *recorder;
    fail<GraphError>(
        op,
        fmt::format(
            "the tape that recorded this Tensor of shape {} has ended, was emptied by an earlier backward() (pass {{.retain_graph = true}} to that one to walk twice), or belongs to another thread",
            to_string(y.shape())));
}

template <class T>
void Recorder<T>::check_result(const char* op, const Tensor<T>& y) const {
    if (anomaly_ == Anomaly::detect && !kernels::all_finite(y.size(), y.value().data()))
        fail<NumericsError>(
            op, fmt::format("the result, shape {}, holds a NaN or an infinity", to_string(y.shape())));
}

template <class T>
bool Recorder<T>::open(const char* op, const Tensor<T>& y, std::span<const Tensor<T>* const> inputs) {
    if (composed_op) op = composed_op;
    check_result(op, y);
    bool needed = false;
    for (const Tensor<T>* x : inputs)
        if (x) {
            check_input(op, *x);
            needed = needed || needs(*x);
        }
    if (!needed) return false;
    if (y.requires_grad())
        fail<GraphError>(
            op,
            fmt::format(
                "the result, shape {}, is a leaf that requires a gradient, or the result of another op: give record() a Tensor of its own",
                to_string(y.shape())));
    const Shape& shape = y.shape();
    auto* extents =
        static_cast<std::size_t*>(arena_.allocate(shape.size() * sizeof(std::size_t), alignof(std::size_t)));
    std::uninitialized_copy(shape.begin(), shape.end(), extents);
    y.body().entry.store(entries_.size(), std::memory_order_relaxed);
    entries_.push_back({op, nullptr, change_clock.load(std::memory_order_relaxed), {extents, shape.size()}});
    y.body().tape = id_;
    return true;
}

template <class T>
std::size_t Recorder<T>::add_leaf(const Tensor<T>& x) {
    const std::size_t number = leaves_.size();
    leaves_.push_back(x);
    x.body().entry.store(number, std::memory_order_relaxed);
    return number;
}

template <class T>
void Recorder<T>::clear() noexcept {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) release(*entry);
    entries_.clear();
    leaves_.clear();
    arena_.reset();
    id_ = new_tape_id();  // results recorded so far no longer belong to any tape
}

template class Recorder<float>;
template class Recorder<double>;

}  // namespace xgrad::detail
