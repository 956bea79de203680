#pragma once

#include <chrono>

#include <xgrad/train/processes.hpp>

#if XGRAD_HAS_MPI
#include <xgrad/mpi/communicator.hpp>
#include <xgrad/mpi/manager.hpp>
#else
#include <functional>
#include <string>

#include <xgrad/core/error.hpp>
#endif

namespace apps {

#if XGRAD_HAS_MPI

/// The processes of this program.
using World = xgrad::mpi::Communicator;
using xgrad::mpi::Manager;
using xgrad::mpi::work;
using xgrad::mpi::WorkerLost;

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

/// There is no other process to be lost.
class WorkerLost : public xgrad::Error {
    using xgrad::Error::Error;
};
/// There is no other process to manage.
class Manager {
public:
    explicit Manager(const World& /*world*/) {}
    std::string call(std::size_t /*rank*/, const std::string& /*request*/,
                     const std::function<void(const std::string&)>& /*on_news*/ = {}) const {
        return {};
    }
};
/// There is no other process to work in.
template <class F>
void work(const World& /*world*/, const F& /*answer*/) {}

#endif

}  // namespace apps
