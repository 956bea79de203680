#pragma once

#include <filesystem>
#include <string>

namespace apps {

/// Creates a folder if need be, and keeps every other process that does the same out of it for as long as the
/// object is alive (the process too: a lock never stays behind).
class FolderLock {
public:
    /// @param program  whose name the error gives.
    /// @throws xgrad::DataError  another process has it, or the folder cannot be written to.
    FolderLock(const std::filesystem::path& folder, const std::string& program);
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    ~FolderLock();

private:
    int descriptor_;
};

}  // namespace apps
