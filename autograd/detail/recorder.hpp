#pragma once

#include <new>
#include <span>
#include <vector>

#include <xgrad/autograd/detail/arena.hpp>
#include <xgrad/autograd/tensor.hpp>

// The implementation of Tape. Ops use it through autograd/record.hpp.
namespace xgrad {

enum class Anomaly;
enum class Broadcasts : bool;

namespace detail {

// The op that is composed of those that are being recorded; null if none is.
inline thread_local constinit const char* composed_op = nullptr;

// Sets a variable for the duration of a scope.
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

// The destination of a gradient contribution: an earlier entry of the tape, or one of its leaves.
struct Target {
    std::size_t index = 0;
    bool leaf = false;
    Broadcasts broadcasts{};
    unsigned input = 0;  // index among the op's inputs
};

// One backward function of an entry, allocated in the tape's arena.
template <class T>
struct Node {
    Node* next = nullptr;
    Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    virtual ~Node() = default;
    virtual void run(const Tensor<T>& dy, Walk<T>& walk) = 0;
};

// A recorded result. Its shape is copied to the tape's arena because the Tensor may be gone when its gradient
// arrives.
template <class T>
struct Entry {
    const char* op;
    Node<T>* first;
    std::uint64_t recorded_at;
    std::span<const std::size_t> shape;
};

// The entries of a tape, in the order of their computation.
template <class T>
class Recorder {
public:
    explicit Recorder(Anomaly anomaly);
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder();

    // The recorder of the tape that is recording on this thread, or null.
    static Recorder* current() noexcept { return innermost == paused ? nullptr : innermost; }

    std::size_t size() const noexcept { return entries_.size(); }
    Anomaly anomaly() const noexcept { return anomaly_; }
    // The leaves met so far; one that several threads use may occur more than once.
    std::span<const Tensor<T>> leaves() const noexcept { return leaves_; }

    // Whether a gradient flows to x.
    bool needs(const Tensor<T>& x) const { return x.body().tape == id_ || x.body().requires_grad; }
    // Whether x is the result that this entry recorded.
    bool is_entry(const Tensor<T>& x, std::size_t entry) const {
        return x.body().tape == id_ && x.body().entry == entry;
    }
    void check_input(const char* op, const Tensor<T>& x) const {
        if (x.body().tape != 0 && x.body().tape != id_) [[unlikely]]
            fail_recorded_elsewhere(op, x);
    }
    static void check_no_other_tape(const char* op);  // no tape of the other scalar type

    // Opens an entry for y, the result of `op`, if at least one of the non-null inputs needs a gradient.
    bool open(const char* op, const Tensor<T>& y, std::span<const Tensor<T>* const> inputs);
    // Adds a backward function to the newest entry.
    template <class N, class... A>
    void push(A&&... arguments) {
        N* node = new (arena_.allocate(sizeof(N), alignof(N))) N(std::forward<A>(arguments)...);
        node->next = entries_.back().first;
        entries_.back().first = node;
    }
    Target target(const Tensor<T>& x, unsigned input, Broadcasts broadcasts) {
        const bool leaf = x.body().tape != id_;
        std::size_t index = x.body().entry.load(std::memory_order_relaxed);
        if (leaf && (index >= leaves_.size() || !leaves_[index].is_same(x))) index = add_leaf(x);
        return {index, leaf, broadcasts, input};
    }

    inline static thread_local constinit Recorder* innermost = nullptr;
    inline static thread_local constinit Recorder* paused = nullptr;  // records nothing

private:
    friend class Walk<T>;

    void check_result(const char* op, const Tensor<T>& y) const;
    std::size_t add_leaf(const Tensor<T>& x);
    void release(Entry<T>& entry) noexcept {
        for (Node<T>* node = std::exchange(entry.first, nullptr); node;)
            std::exchange(node, node->next)->~Node();
    }
    void clear() noexcept;
    [[noreturn]] static void fail_recorded_elsewhere(const char* op, const Tensor<T>& x);
    static Recorder& owner_of(const char* op, const Tensor<T>& y);

    template <class V>
    using Vector = std::vector<V, RecyclingAllocator<V>>;

    Anomaly anomaly_;
    std::uint64_t id_;
    Recorder* outer_;
    bool walked_ = false;
    Vector<Entry<T>> entries_;
    Vector<Tensor<T>> leaves_;
    Arena arena_;
};

}  // namespace detail
}  // namespace xgrad
