#include <xgrad/mpi/detail/fiber.hpp>

#include <memory>
#include <utility>

#include <boost/context/protected_fixedsize_stack.hpp>

#if defined(__SANITIZE_ADDRESS__)
#define XGRAD_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define XGRAD_ASAN
#endif
#endif
#if defined(XGRAD_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(XGRAD_TSAN)  // cmake/optional_floors.cmake defines it
#include <sanitizer/tsan_interface.h>
#endif

namespace xgrad::mpi::detail {
namespace {

// Of which a fiber touches what it needs; a page without access lies below.
constexpr std::size_t stack_size = std::size_t{1} << 20;

}  // namespace

// What the sanitizers want to be told about: they follow the stack that a thread uses.
struct Fiber::Sanitizers {
    boost::context::stack_context stack{};
#if defined(XGRAD_ASAN)
    void *fake_inside = nullptr, *fake_outside = nullptr;
    const void* outside = nullptr;
    std::size_t outside_size = 0;

    void before_resume() {
        __sanitizer_start_switch_fiber(&fake_outside, static_cast<char*>(stack.sp) - stack.size, stack.size);
    }
    void after_resume() { __sanitizer_finish_switch_fiber(fake_outside, nullptr, nullptr); }
    void before_suspend(bool for_ever) {
        __sanitizer_start_switch_fiber(for_ever ? nullptr : &fake_inside, outside, outside_size);
    }
    void after_suspend() { __sanitizer_finish_switch_fiber(fake_inside, &outside, &outside_size); }
#elif defined(XGRAD_TSAN)
    void *inside = __tsan_create_fiber(0), *outside = nullptr;
    ~Sanitizers() { __tsan_destroy_fiber(inside); }

    void before_resume() {
        outside = __tsan_get_current_fiber();
        __tsan_switch_to_fiber(inside, 0);
    }
    void after_resume() {}
    void before_suspend(bool) { __tsan_switch_to_fiber(outside, 0); }
    void after_suspend() {}
#else
    void before_resume() {}
    void after_resume() {}
    void before_suspend(bool) {}
    void after_suspend() {}
#endif
};

Fiber::Fiber() : sanitizers_(std::make_unique<Sanitizers>()) {
    boost::context::protected_fixedsize_stack allocator(stack_size);
    sanitizers_->stack = allocator.allocate();
    inside_ = boost::context::fiber(
        std::allocator_arg,
        boost::context::preallocated(sanitizers_->stack.sp, sanitizers_->stack.size, sanitizers_->stack),
        allocator, [this](boost::context::fiber&& outside) {
            outside_ = std::move(outside);
            sanitizers_->after_suspend();
            while (!quit_) {
                run();
                suspend();
            }
            sanitizers_->before_suspend(true);
            return std::move(outside_);
        });
}

Fiber::~Fiber() {
    quit_ = true;
    resume();  // to its end
}

// Not inlined: the loop that calls it may be resumed by another thread, and must not keep addresses of what
// belongs to a thread.
[[gnu::noinline]] void Fiber::run() {
    if (f_) f_();
    f_ = nullptr;
    ended_ = true;
}

void Fiber::start(std::function<void()> f) {
    f_ = std::move(f);
    ended_ = false;
    resume();
}

void Fiber::exchange_state() noexcept {
    state_.exchange();
    of_float_ = Observer<float>::exchange(of_float_);
    of_double_ = Observer<double>::exchange(of_double_);
}

void Fiber::resume() {
    exchange_state();
    sanitizers_->before_resume();
    inside_ = std::move(inside_).resume();
    sanitizers_->after_resume();
    exchange_state();
}

void Fiber::suspend() {
    sanitizers_->before_suspend(false);
    outside_ = std::move(outside_).resume();
    sanitizers_->after_suspend();
}

}  // namespace xgrad::mpi::detail
