#include <xgrad/mpi/detail/mailbox.hpp>

#include <limits>
#include <list>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/mpi/detail/mpi_handles.hpp>

namespace xgrad::mpi::detail {
namespace {

constexpr int tag = 1;

// A message on its way, where MPI reads or writes it.
struct Message {
    std::size_t rank;
    std::string bytes;
    MPI_Request request = MPI_REQUEST_NULL;

    bool is_done() {
        int done = 0;
        // An error is that the other process is dead: what was for it need not be kept.
        return MPI_Test(&request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || done != 0;
    }
};

}  // namespace

struct Mailbox::Messages {
    MPI_Comm world;
    std::list<Message> sent, received;
};

Mailbox::Mailbox(const Communicator& world)
    : messages_(std::make_unique<Messages>(Messages{world.handles().world, {}, {}})) {}

// What a dead process has not taken is left to MPI, which may still look at it.
Mailbox::~Mailbox() {
    if (!is_sent() || !messages_->received.empty()) static_cast<void>(messages_.release());
}

void Mailbox::post(std::size_t rank, std::string bytes) {
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        fail<ValueError>("message", fmt::format("{} bytes are more than MPI can count", bytes.size()));
    is_sent();
    Message& message = messages_->sent.emplace_back(Message{rank, std::move(bytes)});
    MPI_Isend(message.bytes.data(), static_cast<int>(message.bytes.size()), MPI_BYTE, static_cast<int>(rank),
              tag, messages_->world, &message.request);
}

std::optional<std::pair<std::size_t, std::string>> Mailbox::poll() {
    int arrives = 0;
    MPI_Status status;
    MPI_Message arriving = MPI_MESSAGE_NULL;
    MPI_Improbe(MPI_ANY_SOURCE, tag, messages_->world, &arrives, &arriving, &status);
    if (arrives != 0) {
        int count = 0;
        MPI_Get_count(&status, MPI_BYTE, &count);
        Message& message = messages_->received.emplace_back(Message{
            static_cast<std::size_t>(status.MPI_SOURCE), std::string(static_cast<std::size_t>(count), '\0')});
        MPI_Imrecv(message.bytes.data(), count, MPI_BYTE, &arriving, &message.request);
    }
    for (auto message = messages_->received.begin(); message != messages_->received.end(); ++message)
        if (message->is_done()) {
            std::pair<std::size_t, std::string> whole{message->rank, std::move(message->bytes)};
            messages_->received.erase(message);
            return whole;
        }
    return std::nullopt;
}

bool Mailbox::is_sent() {
    std::erase_if(messages_->sent, [](Message& message) { return message.is_done(); });
    return messages_->sent.empty();
}

}  // namespace xgrad::mpi::detail
