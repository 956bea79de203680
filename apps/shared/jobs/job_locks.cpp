#include "shared/jobs/job_locks.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace apps {
namespace {

constexpr std::int64_t at_work = 0;  // the byte that those lock together who work

// The byte of a training: FNV-1a, of which 62 bits make two of one folder practically never the same.
std::int64_t byte_of(const std::string& job) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : job) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return static_cast<std::int64_t>(1 + (hash >> 2));
}

// A lock of one byte, which belongs to the descriptor, not to the process (Linux).
struct flock one_byte(short type, std::int64_t byte) {
    struct flock lock{};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    return lock;
}

}  // namespace

JobLocks::Lock::Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

JobLocks::Lock::~Lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int JobLocks::open() const {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    const int descriptor = error ? -1 : ::open(file().c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (descriptor < 0)
        xgrad::fail<xgrad::DataError>(
            "--out", fmt::format("{}: cannot be written to: {}", file().string(),
                                 error ? error.message() : std::generic_category().message(errno)));
    return descriptor;
}

std::optional<JobLocks::Lock> JobLocks::lock(short type, std::int64_t byte) const {
    Lock lock(open());
    struct flock wanted = one_byte(type, byte);
    if (::fcntl(lock.descriptor_, F_OFD_SETLK, &wanted) == 0) return lock;
    if (errno == EAGAIN || errno == EACCES) return std::nullopt;
    xgrad::fail<xgrad::DataError>("--out", fmt::format("{}: cannot be locked: {}", file().string(),
                                                       std::generic_category().message(errno)));
}

std::optional<JobLocks::Lock> JobLocks::take(const std::string& job) const {
    return lock(F_WRLCK, byte_of(job));
}

std::optional<JobLocks::Lock> JobLocks::work() const { return lock(F_RDLCK, at_work); }

bool JobLocks::anyone_works() const {
    const Lock look(open());
    struct flock whole = one_byte(F_WRLCK, at_work);
    return ::fcntl(look.descriptor_, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

}  // namespace apps
