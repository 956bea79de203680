#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <new>
#include <utility>

#include <xgrad/core/allocator.hpp>

namespace xgrad {

/// The memory of an `Array`: a vector whose elements start uninitialised, and which can share them with other
/// buffers. A buffer that shares gets elements of its own at the first access that could write. Copies do not
/// share, only what `share` returns does.
template <class T, class A>
class Buffer {
public:
    // The members of every container.
    /// @cond
    using allocator_type = A;
    using value_type = T;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using reference = T&;
    using const_reference = const T&;
    using pointer = T*;
    using const_pointer = const T*;
    using iterator = T*;
    using const_iterator = const T*;
    using reverse_iterator = std::reverse_iterator<iterator>;
    using const_reverse_iterator = std::reverse_iterator<const_iterator>;

    Buffer() noexcept = default;
    explicit Buffer(size_type count) : elements_(count == 0 ? nullptr : A().allocate(count)), size_(count) {}
    Buffer(size_type count, const T& value) : Buffer(count) { std::fill_n(elements_, count, value); }
    template <std::forward_iterator I>
    Buffer(I first, I last) : Buffer(static_cast<size_type>(std::distance(first, last))) {
        std::copy(first, last, elements_);
    }
    Buffer(std::initializer_list<T> values) : Buffer(values.begin(), values.end()) {}
    Buffer(const Buffer& other) : Buffer(other.begin(), other.end()) {}
    Buffer(Buffer&& other) noexcept { swap(other); }
    Buffer& operator=(const Buffer& other) {
        if (this == &other) return *this;
        if (size_ != other.size_ || owners_.load(std::memory_order_relaxed)) Buffer(other.size_).swap(*this);
        std::copy(other.begin(), other.end(), elements_);
        return *this;
    }
    Buffer& operator=(Buffer&& other) noexcept {
        Buffer(std::move(other)).swap(*this);
        return *this;
    }
    ~Buffer() {
        if (elements_) release();
    }

    allocator_type get_allocator() const noexcept { return {}; }
    bool empty() const noexcept { return size_ == 0; }
    size_type size() const noexcept { return size_; }
    void resize(size_type count) {
        if (count != size_) Buffer(count).swap(*this);
    }

    pointer data() { return own(); }
    const_pointer data() const noexcept { return elements_; }
    reference operator[](size_type i) { return own()[i]; }
    const_reference operator[](size_type i) const noexcept { return elements_[i]; }
    iterator begin() { return own(); }
    iterator end() { return own() + size_; }
    const_iterator begin() const noexcept { return elements_; }
    const_iterator end() const noexcept { return elements_ + size_; }
    const_iterator cbegin() const noexcept { return begin(); }
    const_iterator cend() const noexcept { return end(); }
    reverse_iterator rbegin() { return reverse_iterator(end()); }
    reverse_iterator rend() { return reverse_iterator(begin()); }
    const_reverse_iterator rbegin() const noexcept { return const_reverse_iterator(end()); }
    const_reverse_iterator rend() const noexcept { return const_reverse_iterator(begin()); }
    const_reverse_iterator crbegin() const noexcept { return rbegin(); }
    const_reverse_iterator crend() const noexcept { return rend(); }

    void swap(Buffer& other) noexcept {
        std::swap(elements_, other.elements_);
        std::swap(size_, other.size_);
        Owners* const owners = owners_.load(std::memory_order_relaxed);
        owners_.store(other.owners_.load(std::memory_order_relaxed), std::memory_order_relaxed);
        other.owners_.store(owners, std::memory_order_relaxed);
    }
    /// @endcond

    /// A buffer of the same elements, in the same memory. Threads may share one buffer at the same time.
    Buffer share() const { return share(0, size_); }
    /// The same of the elements first ... first + count - 1.
    Buffer share(size_type first, size_type count) const {
        Buffer other;
        if (count == 0) return other;
        Owners* owners = owners_.load(std::memory_order_acquire);
        if (!owners) {
            auto* const made = new (allocate_block(sizeof(Owners))) Owners{1, elements_, size_};
            if (owners_.compare_exchange_strong(owners, made, std::memory_order_acq_rel))
                owners = made;
            else
                free_block(made, sizeof(Owners));  // another thread was faster
        }
        owners->count.fetch_add(1, std::memory_order_relaxed);
        other.elements_ = elements_ + first;
        other.size_ = count;
        other.owners_.store(owners, std::memory_order_relaxed);
        return other;
    }

private:
    // The buffers that share a block of memory, and the block, of which a buffer may have a part.
    struct Owners {
        std::atomic<std::uint32_t> count;
        T* block;
        size_type size;
    };

    pointer own() {
        if (owners_.load(std::memory_order_relaxed)) [[unlikely]]
            stop_sharing();
        return elements_;
    }
    [[gnu::noinline]] void stop_sharing() {
        Owners* const owners = owners_.load(std::memory_order_relaxed);
        if (owners->count.load(std::memory_order_acquire) != 1 || owners->size != size_) {
            Buffer(std::as_const(*this)).swap(*this);
        } else {
            free_block(owners, sizeof(Owners));
            owners_.store(nullptr, std::memory_order_relaxed);
        }
    }
    void release() noexcept {
        pointer block = elements_;
        size_type size = size_;
        if (Owners* const owners = owners_.load(std::memory_order_relaxed)) {
            if (owners->count.load(std::memory_order_acquire) != 1 &&
                owners->count.fetch_sub(1, std::memory_order_acq_rel) != 1)
                return;
            block = owners->block;
            size = owners->size;
            free_block(owners, sizeof(Owners));
        }
        A().deallocate(block, size);
    }

    pointer elements_ = nullptr;
    size_type size_ = 0;
    mutable std::atomic<Owners*> owners_ = nullptr;  // null while nothing is shared
};

}  // namespace xgrad
