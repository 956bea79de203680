#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace apps {

/// Locks by which processes that share a folder, also from several machines, share the trainings in it. A
/// lock ends with its process at the latest, so none is ever left behind.
class JobLocks {
public:
    /// Held until it is destroyed.
    class Lock {
    public:
        Lock(Lock&& other) noexcept;
        Lock& operator=(Lock&& other) noexcept {
            std::swap(descriptor_, other.descriptor_);
            return *this;
        }
        ~Lock();

    private:
        friend class JobLocks;
        explicit Lock(int descriptor) : descriptor_(descriptor) {}
        int descriptor_;
    };

    /// @param folder  is created if needed; the file `.locks` in it has all locks.
    explicit JobLocks(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// The lock of a training; none if another has it.
    /// @throws xgrad::DataError  the file system has no locks, or the folder is not writable.
    std::optional<Lock> take(const std::string& job) const;
    /// Says that this process has trainings to run.
    std::optional<Lock> work() const;
    /// Whether any process says so.
    bool anyone_works() const;
    /// Whether this folder has been shared so.
    bool are_used() const { return std::filesystem::exists(file()); }

private:
    std::optional<Lock> lock(short type, std::int64_t byte) const;
    int open() const;
    std::filesystem::path file() const { return folder_ / ".locks"; }

    std::filesystem::path folder_;
};

}  // namespace apps
