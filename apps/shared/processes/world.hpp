#pragma once

#include <chrono>

#include <xgrad/train/processes.hpp>

#if XGRAD_HAS_MPI
#include <xgrad/mpi/communicator.hpp>
#endif

namespace apps {

#if XGRAD_HAS_MPI

/// The processes of this program.
using World = xgrad::mpi::Communicator;

#else

/// The processes of this program: one, as it is built without xgrad::mpi.
class World {
public:
    explicit World(std::chrono::milliseconds /*patience*/) {}
    static const World& alone() {
        static const World world(std::chrono::milliseconds(1));
        return world;
    }

    std::size_t rank() const noexcept { return 0; }
    std::size_t size() const noexcept { return 1; }
    xgrad::Processes processes() const { return {}; }
    template <class F>
    void run(F&& f) const {
        f();
    }
};

#endif

}  // namespace apps
