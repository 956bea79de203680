#include "shared/jobs/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace apps {

FolderLock::FolderLock(const std::filesystem::path& folder, const std::string& program, bool shared) {
    const auto refuse = [&](const std::string& what) {
        xgrad::fail<xgrad::DataError>("--out", fmt::format("{}: {}", folder.string(), what));
    };
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) refuse("cannot be created: " + error.message());
    descriptor_ = ::open((folder / ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (descriptor_ < 0) refuse("cannot be written to: " + std::generic_category().message(errno));
    if (::flock(descriptor_, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0) return;
    ::close(descriptor_);
    refuse("another " + program + " is writing to this folder: wait for it, or give another --out");
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace apps
