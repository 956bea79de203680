#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace xgrad {

/// A file of which any part can be read at any time, by several threads at once.
class RandomAccessFile {
public:
    /// @param op  the operation that errors name.
    /// @throws DataError  `path` is not a regular file, or cannot be opened.
    RandomAccessFile(std::string op, std::filesystem::path path);
    /// Takes over the file; the other one cannot be read any more.
    RandomAccessFile(RandomAccessFile&& other) noexcept;
    RandomAccessFile& operator=(RandomAccessFile&&) = delete;
    ~RandomAccessFile();

    /// The path given to the constructor.
    const std::filesystem::path& path() const noexcept { return path_; }
    /// The length in bytes when it was opened.
    std::uint64_t size() const noexcept { return size_; }

    /// Fills `out` with the bytes from `offset` on. @throws DataError  the file cannot be read, or ends
    /// early.
    void read(std::uint64_t offset, std::span<std::uint8_t> out) const;
    /// Tells the system that these bytes are read soon, so that it can fetch them meanwhile.
    void will_read(std::uint64_t offset, std::uint64_t count) const noexcept;

private:
    std::string op_;
    std::filesystem::path path_;
    int file_ = -1;
    std::uint64_t size_ = 0;
};

}  // namespace xgrad
