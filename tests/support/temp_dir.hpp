#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad::test {

using Bytes = std::vector<std::uint8_t>;

/// A new empty folder that is removed, with all it holds, at the end of the scope.
class TempDir {
public:
    TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();

    const std::filesystem::path& path() const { return path_; }
    /// The path of a file in it.
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    /// Writes a file (and the folders above it) and returns its path.
    std::string write(const std::string& name, const Bytes& bytes) const;
    std::string write(const std::string& name, std::string_view text) const;

private:
    std::filesystem::path path_;
};

/// The contents of a file; empty if there is none.
std::string read_file(const std::filesystem::path& file);

}  // namespace xgrad::test
