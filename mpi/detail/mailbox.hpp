#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <xgrad/mpi/communicator.hpp>

namespace xgrad::mpi::detail {

// Messages from process to process, which nobody waits for. One thread at a time may use it, and no other may
// call MPI meanwhile.
class Mailbox {
public:
    explicit Mailbox(const Communicator& world);
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    ~Mailbox();

    // Begins to send, at most 2 GB. Messages may arrive in another order, those to a dead process not at all.
    // @throws ValueError  it is longer.
    void post(std::size_t rank, std::string bytes);
    // A message that has arrived, and who has sent it.
    std::optional<std::pair<std::size_t, std::string>> poll();
    // Whether all has been sent.
    bool is_sent();

private:
    struct Messages;
    std::unique_ptr<Messages> messages_;
};

}  // namespace xgrad::mpi::detail
