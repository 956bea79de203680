#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <xgrad/train/processes.hpp>

namespace xgrad::mpi {

/// The processes that a launcher (`mpirun`, `srun`) has started together. A process that none has started is
/// alone: `size()` is 1, and it calls nothing of MPI but to ask whether it runs.
///
/// All processes must call the same functions in the same order. A call that waits longer than the patience
/// for the others, ends all of them; the message names the op, the step, and the ranks that are missing.
/// Sums are added in the order of the ranks.
class Communicator {
public:
    /// Starts MPI, if a launcher has started this process and the program has not started MPI itself. There
    /// must be one at a time. If it has started MPI, there can be one only in the life of the program.
    /// @param patience  how long a call waits for the other processes.
    /// @throws ValueError  the patience is not positive, MPI cannot be used by threads, or has ended.
    explicit Communicator(std::chrono::milliseconds patience = std::chrono::minutes(5));
    /// This process by itself, whatever a launcher has started.
    static const Communicator& alone();
    Communicator(const Communicator&) = delete;
    Communicator& operator=(const Communicator&) = delete;
    /// Ends MPI, if it has started it. While an exception passes, it ends all processes: the others would
    /// wait for ever.
    ~Communicator();

    /// The number of this process, from 0.
    std::size_t rank() const noexcept { return rank_; }
    /// The number of processes.
    std::size_t size() const noexcept { return size_; }
    /// The name of this machine.
    std::string host() const;

    /// Calls f(), and ends all processes if it throws: prints `rank 2 of 4 on <host>: <message>`. What a
    /// program does with several processes belongs into f. Alone, it only calls f.
    template <class F>
    void run(F&& f) const {
        if (size_ == 1) return f();
        try {
            f();
        } catch (const std::exception& error) {
            end_all(error.what());
        }
    }
    /// Ends all processes with a message.
    [[noreturn]] void end_all(const std::string& message) const;

    /// Gives all processes the bytes of rank 0.
    void broadcast(std::string& bytes) const;
    /// Replaces each number by its sum over all processes.
    void sum(std::span<double> values) const;
    /// The numbers of all processes, those of rank 0 first.
    std::vector<double> gather(std::span<const double> values) const;
    /// Waits until all processes have come here.
    void wait() const;

    /// As evaluations, checkpoints and the training loop take them. The communicator must outlive it.
    Processes processes() const;

    /// The step of a training that messages name. A step's function calls it.
    void at_step(std::uint64_t step) const noexcept { step_ = step; }

    /// How long a call waits for the other processes.
    std::chrono::milliseconds patience() const noexcept { return patience_; }

    /// @cond  for the other parts of xgrad::mpi
    struct Mpi;
    // Not if this process is alone.
    const Mpi& handles() const { return *mpi_; }
    // A transfer that has begun.
    struct Transfer;
    using TransferPtr = std::shared_ptr<Transfer>;
    // Every process's bytes one after the other, `counts[r]` from rank r; this one's are in place.
    void gather_all(const char* op, std::byte* all, std::span<const std::size_t> counts) const;
    // Begins to send bytes `send_offsets[r]` ... `send_offsets[r + 1]` of `from` to each rank r, and to
    // receive those from it at `offsets[r]` of `to`.
    TransferPtr exchange(const std::byte* from, std::span<const std::size_t> send_offsets, std::byte* to,
                         std::span<const std::size_t> counts, std::span<const std::size_t> offsets) const;
    TransferPtr begin_gather(std::byte* all, std::span<const std::size_t> counts) const;
    // Lets what has begun go on; whether it has ended.
    bool test(const char* op, Transfer& transfer) const;
    void finish(const char* op, Transfer& transfer) const;
    // The bytes that this process has sent so far to others, counted as a ring would send them.
    std::uint64_t bytes_sent() const noexcept { return sent_; }
    /// @endcond

private:
    struct Alone {};
    explicit Communicator(Alone);
    void check(const char* op, int error) const;
    bool is_called() const;
    [[noreturn]] void fail_waiting(const char* op) const;

    std::unique_ptr<Mpi> mpi_;  // null if this process is alone
    std::size_t rank_ = 0, size_ = 1;
    std::chrono::milliseconds patience_;
    mutable std::uint64_t step_ = 0, calls_ = 0, sent_ = 0;
    int exceptions_ = std::uncaught_exceptions();
};

}  // namespace xgrad::mpi
