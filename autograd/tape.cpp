#include <xgrad/autograd/tape.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {
namespace detail {

namespace {
constexpr std::size_t arena_block = std::size_t{1} << 16;

// Sets a variable for the length of a scope.
template <class V>
class Scoped {
public:
    Scoped(V& variable, V value) : variable_(variable), old_(std::exchange(variable, value)) {}
    Scoped(const Scoped&) = delete;
    Scoped& operator=(const Scoped&) = delete;
    ~Scoped() { variable_ = old_; }

private:
    V& variable_;
    V old_;
};
}  // namespace

void* Arena::allocate(std::size_t bytes, std::size_t alignment) {
    const auto aligned = [&] {
        const auto address = reinterpret_cast<std::uintptr_t>(free_);
        return free_ + ((address + alignment - 1) / alignment * alignment - address);
    };
    if (!free_ || aligned() + bytes > end_) {
        const std::size_t size = std::max(arena_block, sizeof(Block) + alignment + bytes);
        auto* memory = static_cast<std::byte*>(allocate_block(size));
        blocks_ = new (memory) Block{blocks_, size};
        free_ = memory + sizeof(Block);
        end_ = memory + size;
    }
    std::byte* result = aligned();
    free_ = result + bytes;
    return result;
}

void Arena::reset() noexcept {
    while (blocks_) {
        Block* block = std::exchange(blocks_, blocks_->next);
        free_block(block, block->bytes);
    }
    free_ = end_ = nullptr;
}

}  // namespace detail

namespace {

std::atomic<std::uint64_t> last_tape_id{0};

std::uint64_t new_tape_id() { return ++last_tape_id; }

template <class T>
using Other = std::conditional_t<std::is_same_v<T, float>, double, float>;

template <class T>
constexpr const char* scalar_name = std::is_same_v<T, float> ? "float" : "double";

}  // namespace

template <class T>
Tape<T>::Tape(const TapeOptions& options) : options_(options), id_(new_tape_id()), outer_(innermost_) {
    innermost_ = this;
}

template <class T>
Tape<T>::~Tape() {
    clear();
    Tape** link = &innermost_;
    while (*link && *link != this) link = &(*link)->outer_;
    if (*link) *link = outer_;
}

template <class T>
bool Tape<T>::records(const char* op, const Tensor<T>& x) const {
    const std::uint64_t recorded_by = x.body().tape;
    if (recorded_by != 0 && recorded_by != id_)
        fail<GraphError>(op, fmt::format("an input of shape {} was recorded by another tape (an outer one, or one that has ended or been "
                                         "emptied by backward()); detach() it to use its value here",
                                         to_string(x.shape())));
    return needs(x);
}

template <class T>
void Tape<T>::check_no_other_tape(const char* op) {
    if (Tape<Other<T>>::current())
        fail<GraphError>(op,
                         fmt::format("a Tape<{0}> records here, but the input is a Tensor<{1}> that requires a gradient; open a Tape<{1}>",
                                     scalar_name<Other<T>>, scalar_name<T>));
}

template <class T>
Tape<T>& Tape<T>::owner_of(const char* op, const Tensor<T>& y) {
    const std::uint64_t id = y.body().tape;
    if (id == 0)
        fail<GraphError>(op, fmt::format("no tape recorded this Tensor of shape {}: it was computed outside a Tape, or from nothing that "
                                         "requires a gradient",
                                         to_string(y.shape())));
    for (Tape* tape = innermost_; tape; tape = tape->outer_)
        if (tape->id_ == id) return *tape;
    fail<GraphError>(op, fmt::format("the tape that recorded this Tensor of shape {} has ended, was emptied by an earlier backward() (pass "
                                     "{{.retain_graph = true}} to that one to walk twice), or belongs to another thread",
                                     to_string(y.shape())));
}

template <class T>
void Tape<T>::open(const char* op, const Tensor<T>& y) {
    if (y.requires_grad())
        fail<GraphError>(
            op, fmt::format("the result, shape {}, is a leaf that requires a gradient, or the result of another op: give record() a "
                            "Tensor of its own",
                            to_string(y.shape())));
    y.body().tape = id_;
    y.body().entry = entries_.size();
    entries_.push_back({op, nullptr, detail::change_clock.load(std::memory_order_relaxed)});
}

template <class T>
detail::Target<T> Tape<T>::target(const Tensor<T>& x, std::size_t input, Broadcasts broadcasts) const {
    const bool recorded = x.body().tape == id_;
    return {recorded ? Tensor<T>() : x, x.body().entry, x.shape(), broadcasts, input};
}

template <class T>
void Tape<T>::check_value(const char* op, const Tensor<T>& y) const {
    if (!kernels::all_finite(y.size(), y.value().data()))
        fail<NumericsError>(op, fmt::format("the result, shape {}, holds a NaN or an infinity", to_string(y.shape())));
}

template <class T>
void Tape<T>::release(std::size_t entry) noexcept {
    detail::Node<T>* node = std::exchange(entries_[entry].first, nullptr);
    while (node) {
        detail::Node<T>* next = node->next;
        node->~Node();
        node = next;
    }
}

template <class T>
void Tape<T>::clear() noexcept {
    for (std::size_t entry = entries_.size(); entry-- > 0;) release(entry);
    entries_.clear();
    arena_.reset();
    id_ = new_tape_id();  // what was recorded so far belongs to no tape any more
}

namespace detail {

template <class T>
Walk<T>::Walk(const char* op, const Tensor<T>& root, const Tensor<T>& seed)
    : caller_(op), tape_(Tape<T>::owner_of(op, root)), gradients_(root.body().entry + 1) {
    gradients_.back() = seed;
}

template <class T>
Walk<T>::~Walk() = default;

template <class T>
void Walk<T>::run(bool retain, bool create_graph) {
    if (tape_.walked_) fail<GraphError>(caller_, "this tape is being walked: a backward function may not walk it, too");
    const Scoped walk(tape_.walked_, true);
    // What releases the entries also runs when a backward function throws: a half-walked tape is of no use.
    struct Clear {
        Tape<T>* tape;
        ~Clear() {
            if (tape) tape->clear();
        }
    } clear{retain ? nullptr : &tape_};
    const Scoped pause(Tape<T>::paused_, create_graph ? nullptr : &tape_);
    const Scoped record(Tape<T>::innermost_, &tape_);
    const Scoped read(reader, reader);
    for (std::size_t at = gradients_.size(); at-- > 0;) {
        if (gradients_[at].defined()) {
            const Tensor<T> dy = std::move(gradients_[at]);
            if (xs_)
                for (std::size_t i = 0; i < xs_->size(); ++i)
                    if ((*xs_)[i].body().tape == tape_.id_ && (*xs_)[i].body().entry == at) found_[i] = dy;
            const Entry<T> entry = tape_.entries_[at];
            op_ = entry.op;
            reader = {entry.recorded_at, entry.op};
            for (Node<T>* node = entry.first; node; node = node->next) node->run(dy, *this);
        }
        if (!retain) tape_.release(at);
    }
}

template <class T>
void Walk<T>::to_leaves(bool retain) {
    run(retain, false);
}

template <class T>
std::vector<Tensor<T>> Walk<T>::to(const std::vector<Tensor<T>>& xs, const GradOptions& options) {
    for (std::size_t i = 0; i < xs.size(); ++i) {
        if (!xs[i].requires_grad())
            fail<GraphError>(caller_, fmt::format("x[{}], shape {}, requires no gradient", i, to_string(xs[i].shape())));
        if (!xs[i].is_leaf()) tape_.records(caller_, xs[i]);
    }
    xs_ = &xs;
    found_.resize(xs.size());
    run(options.create_graph || options.retain_graph, options.create_graph);
    for (std::size_t i = 0; i < xs.size(); ++i)
        if (!found_[i].defined()) found_[i] = zeros<T>(xs[i].shape());
    return std::move(found_);
}

template <class T>
void Walk<T>::contribute(const Target<T>& target, Tensor<T> gradient) {
    if (!gradient.defined())
        fail<GraphError>(op_, fmt::format("its backward function gave no gradient for input {}, whose shape is {}", target.input,
                                          to_string(target.shape)));
    gradient.value();  // a saved value that is handed out unread may have been changed, too
    const Scoped unread(reader, Reader{});
    if (gradient.shape() != target.shape) {
        if (target.broadcasts == Broadcasts::no || !broadcasts_to(target.shape, gradient.shape()))
            fail<ShapeError>(op_, fmt::format("its backward function gave a gradient of shape {} for input {}, whose shape is {}",
                                              to_string(gradient.shape()), target.input, to_string(target.shape)));
        gradient = sum_to(gradient, target.shape);
    }
    if (tape_.options_.anomaly == Anomaly::detect && !kernels::all_finite(gradient.size(), gradient.value().data()))
        fail<NumericsError>(
            op_, fmt::format("the gradient of input {}, shape {}, holds a NaN or an infinity", target.input, to_string(target.shape)));
    if (!target.leaf.defined()) return accumulate(gradients_[target.entry], std::move(gradient));
    if (!xs_) {
        Tensor<T>& sum = target.leaf.body().gradient;
        if (!sum.defined() && !gradient.body_.is_only_owner()) gradient = gradient.detach();  // what a leaf keeps is its own
        return accumulate(sum, std::move(gradient));
    }
    for (std::size_t i = 0; i < xs_->size(); ++i)
        if ((*xs_)[i].is_same(target.leaf)) accumulate(found_[i], gradient);
}

template <class T>
void Walk<T>::accumulate(Tensor<T>& sum, Tensor<T> gradient) {
    if (!sum.defined())
        sum = std::move(gradient);
    else if (!Tape<T>::current() && sum.body_.is_only_owner())
        add_to(sum.body().value, gradient.value());
    else
        sum = sum + gradient;
}

template class Walk<float>;
template class Walk<double>;

}  // namespace detail

template <class T>
std::vector<Tensor<T>> grad(const Tensor<T>& y, const std::vector<Tensor<T>>& xs, const GradOptions& options) {
    if (y.size() != 1)
        fail<GraphError>("grad", fmt::format("y has shape {}, which is no scalar: differentiate sum(seed * y)", to_string(y.shape())));
    return detail::Walk<T>("grad", y, ones<T>(y.shape())).to(xs, options);
}

#define INSTANTIATE(T)      \
    template class Tape<T>; \
    template std::vector<Tensor<T>> grad(const Tensor<T>&, const std::vector<Tensor<T>>&, const GradOptions&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
