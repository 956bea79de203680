#pragma once

#include <filesystem>
#include <string>

namespace apps {

/// Creates a folder if needed and locks it for the lifetime of the object: no other process can lock it,
/// unless both share it. The lock also ends with the process, so it is never left behind.
class FolderLock {
public:
    /// @param program  the program's name, for the error message.
    /// @param shared   others who say so, too, can lock the folder at the same time.
    /// @throws xgrad::DataError  another process holds the lock, or the folder is not writable.
    FolderLock(const std::filesystem::path& folder, const std::string& program, bool shared = false);
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    ~FolderLock();

private:
    int descriptor_;
};

}  // namespace apps
