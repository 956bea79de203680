#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <xgrad/core/error.hpp>
#include <xgrad/mpi/communicator.hpp>

namespace xgrad::mpi {

/// A process that does what it is asked for is stopped or dead: it has given no sign of life for longer than
/// the patience.
class WorkerLost : public Error {
public:
    using Error::Error;
};

/// Says how far a request is, to the Manager's `on_news`.
using News = std::function<void(std::string)>;

/// In process 0: has the others, which must be in work(), do what it asks for, and does not depend on any of
/// them. While there is one, the process must call MPI in no other way.
///
/// A launcher may end all processes if one dies. With `mpirun --enable-recovery` it does not.
class Manager {
public:
    /// @param world  must outlive it. @throws ValueError  this is not process 0.
    explicit Manager(const Communicator& world);
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    /// Tells the others to end.
    ~Manager();

    /// What process `rank` answers. Several threads may call it, also with the same rank, whose process then
    /// does as much at the same time.
    /// @param rank     at least 1.
    /// @param on_news  is called, on this thread, with the newest news from time to time.
    /// @throws WorkerLost
    /// @throws Error  the function of work() has thrown; the message says in which process.
    std::string call(std::size_t rank, const std::string& request,
                     const std::function<void(const std::string&)>& on_news = {}) const;

private:
    class Office;
    std::unique_ptr<Office> office_;
};

/// In any process but 0: answers what the Manager asks for, until it ends. All processes end if it gives no
/// sign of life for longer than the patience.
/// @param answer  is called on a thread for each request. What it throws, the Manager throws. `news` throws
/// if the Manager has ended.
void work(const Communicator& world,
          const std::function<std::string(const std::string& request, const News& news)>& answer);

}  // namespace xgrad::mpi
