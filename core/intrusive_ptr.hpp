#pragma once

#include <atomic>
#include <cstdint>
#include <new>
#include <utility>

#include <xgrad/core/allocator.hpp>

namespace xgrad {

/// The base class of what an `IntrusivePtr` points to. Counts the owners.
class Counted {
public:
    Counted() = default;
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    template <class>
    friend class IntrusivePtr;
    std::atomic<std::uint32_t> owners_{1};
};

/// Shares ownership of an object, also across threads, as `std::shared_ptr` does. The count is part of the
/// object, which is in a recycled block. An atomic increment or decrement takes about 7 ns; the last owner,
/// which no other thread can race, therefore only reads the count.
template <class B>
class IntrusivePtr {
public:
    /// Null.
    IntrusivePtr() = default;
    /// Shares the object.
    IntrusivePtr(const IntrusivePtr& other) noexcept : object_(other.object_) {
        if (object_) object_->owners_.fetch_add(1, std::memory_order_relaxed);
    }
    /// Takes over the object; `other` becomes null.
    IntrusivePtr(IntrusivePtr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    /// Releases its object and takes over that of `other`.
    IntrusivePtr& operator=(IntrusivePtr other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~IntrusivePtr() {
        if (object_) release();
    }

    /// A new object.
    template <class... A>
    static IntrusivePtr make(A&&... arguments) {
        static_assert(alignof(B) <= block_alignment);
        void* block = allocate_block(sizeof(B));
        try {
            return IntrusivePtr(new (block) B(std::forward<A>(arguments)...));
        } catch (...) {
            free_block(block, sizeof(B));
            throw;
        }
    }

    /// The object. Must not be null.
    B& operator*() const noexcept { return *object_; }
    /// The object, or null.
    B* operator->() const noexcept { return object_; }
    /// Whether it is not null.
    explicit operator bool() const noexcept { return object_ != nullptr; }
    /// Whether both point to the same object.
    bool operator==(const IntrusivePtr&) const noexcept = default;

    /// Whether no other pointer shares the object, and all former owners are done with it. Must not be null.
    bool is_only_owner() const noexcept { return object_->owners_.load(std::memory_order_acquire) == 1; }

private:
    explicit IntrusivePtr(B* object) noexcept : object_(object) {}
    // Out of line, so that the destructor is inlined and vanishes after a move.
    [[gnu::noinline]] void release() noexcept {
        if (!is_only_owner() && object_->owners_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
        object_->~B();
        free_block(object_, sizeof(B));
    }

    B* object_ = nullptr;
};

}  // namespace xgrad
