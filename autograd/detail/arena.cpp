#include <xgrad/autograd/detail/arena.hpp>

#include <algorithm>
#include <new>

#include <xgrad/core/allocator.hpp>

namespace xgrad::detail {
namespace {
constexpr std::size_t usual_block = std::size_t{1} << 16;
}  // namespace

void* Arena::allocate_in_new_block(std::size_t bytes, std::size_t alignment) {
    const std::size_t size = std::max(usual_block, sizeof(Block) + alignment + bytes);
    auto* memory = static_cast<std::byte*>(allocate_block(size));
    blocks_ = new (memory) Block{blocks_, size};
    free_ = memory + sizeof(Block);
    end_ = memory + size;
    return allocate(bytes, alignment);
}

void Arena::reset() noexcept {
    while (blocks_) {
        Block* block = std::exchange(blocks_, blocks_->next);
        free_block(block, block->bytes);
    }
    free_ = end_ = nullptr;
}

}  // namespace xgrad::detail
