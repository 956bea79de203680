#pragma once

#include <functional>
#include <memory>

#include <boost/context/fiber.hpp>

#include <xgrad/autograd/detail/thread_state.hpp>
#include <xgrad/nn/observer.hpp>

namespace xgrad::mpi::detail {

// A computation that can stop in the middle: it has a stack of its own, and what the engine and nn
// keep for a thread. It is run by the thread that resumes it; while it has stopped within `f`, it must be
// resumed by the same one.
class Fiber {
public:
    Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;
    ~Fiber();

    // Runs f, which must not throw, until it ends or suspends.
    void start(std::function<void()> f);
    // Goes on where it has stopped.
    void resume();
    // Within f: stops until it is resumed.
    void suspend();
    // Whether f has ended.
    bool ended() const noexcept { return ended_; }

private:
    void run();
    void exchange_state() noexcept;

    std::function<void()> f_;
    bool ended_ = true, quit_ = false;
    xgrad::detail::ThreadState state_;
    Observer<float>* of_float_ = nullptr;
    Observer<double>* of_double_ = nullptr;
    boost::context::fiber inside_, outside_;
    struct Sanitizers;
    std::unique_ptr<Sanitizers> sanitizers_;
};

}  // namespace xgrad::mpi::detail
