#pragma once

#include <filesystem>

namespace cifar_bn {

/// Creates a folder if need be, and keeps every other process that does the same out of it for as long as the
/// object is alive (the process too: a lock never stays behind).
class FolderLock {
public:
    /// @throws xgrad::DataError  another process has it, or the folder cannot be written to.
    explicit FolderLock(const std::filesystem::path& folder);
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    ~FolderLock();

private:
    int descriptor_;
};

}  // namespace cifar_bn
