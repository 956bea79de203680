#pragma once

#include <utility>

#include <xgrad/autograd/detail/recorder.hpp>

namespace xgrad::detail {

// What the engine keeps for a thread. Who runs several computations in turns on one thread exchanges it: each
// has tapes, places for errors and the like of its own. New ones are those of a new thread.
class ThreadState {
public:
    void exchange() noexcept {
        of_float_.exchange();
        of_double_.exchange();
        std::swap(composed_, composed_op);
        std::swap(reader_, reader);
        place_ = ErrorScope::exchange(place_);
    }

private:
    template <class T>
    struct OfTapes {
        Recorder<T>*innermost = nullptr, *paused = nullptr;
        void exchange() noexcept {
            std::swap(innermost, Recorder<T>::innermost);
            std::swap(paused, Recorder<T>::paused);
        }
    };

    OfTapes<float> of_float_;
    OfTapes<double> of_double_;
    const char* composed_ = nullptr;
    Reader reader_{};
    ErrorScope* place_ = nullptr;
};

}  // namespace xgrad::detail
