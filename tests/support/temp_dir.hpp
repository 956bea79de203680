#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad::test {

using Bytes = std::vector<std::uint8_t>;

/// A new empty folder, removed with its contents at the end of the scope.
class TempDir {
public:
    TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();

    const std::filesystem::path& path() const { return path_; }
    /// The path of a file in the folder.
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    /// Writes a file, creating parent folders, and returns its path.
    std::string write(const std::string& name, const Bytes& bytes) const;
    std::string write(const std::string& name, std::string_view text) const;

private:
    std::filesystem::path path_;
};

/// The contents of a file; empty if it does not exist.
std::string read_file(const std::filesystem::path& file);

}  // namespace xgrad::test
