#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad {

/// Throws a DataError "op: file: where: expected ..., found ...", the form of all errors in the contents of a
/// file.
[[noreturn]] void fail_in_file(std::string_view op, const std::filesystem::path& file, std::string_view where,
                               std::string_view expected, std::string_view found);
/// The same, with "offset n" as the place.
[[noreturn]] void fail_in_file(std::string_view op, const std::filesystem::path& file, std::uint64_t offset,
                               std::string_view expected, std::string_view found);

/// Whether a file with gzip's magic bytes is decompressed.
enum class Gzip { no, detect };

/// Reads a file from front to back, and reports errors in its contents.
class ByteReader {
public:
    /// @param op  the operation that errors name.
    /// @throws DataError  `file` is not a regular file, or cannot be opened.
    ByteReader(std::string_view op, std::filesystem::path file, Gzip gzip);
    /// Reads bytes that are in memory, and stay there, as if they were the file of that name.
    /// @throws DataError  there are none.
    ByteReader(std::string_view op, std::filesystem::path name, std::string_view bytes);
    ByteReader(const ByteReader&) = delete;
    ByteReader& operator=(const ByteReader&) = delete;
    ~ByteReader();

    /// Fills `out`, or as much of it as the rest of the file can fill; returns the number of bytes.
    /// @throws DataError  the file cannot be read, or starts like a gzip file but is not valid.
    std::size_t read(std::span<std::uint8_t> out);

    /// Fills all of `out`. @throws DataError  as for read(), and if the file ends early.
    /// @param expected  what the file should contain here, for the message.
    void read_all(std::span<std::uint8_t> out, std::string_view expected);

    /// Appends the next `count` bytes to `out`. @throws DataError  as for read_all().
    void append(std::vector<std::uint8_t>& out, std::size_t count, std::string_view expected);

    /// Checks that the file ends here. @throws DataError  as for read(), and if there are more bytes.
    void expect_end();

    /// An upper bound of the number of (uncompressed) bytes in the file.
    std::uint64_t most_bytes() const noexcept { return most_bytes_; }

    /// Calls fail_in_file() for this file.
    [[noreturn]] void fail(std::string_view where, std::string_view expected, std::string_view found) const {
        fail_in_file(op_, path_, where, expected, found);
    }
    /// Calls fail_in_file() for this file.
    [[noreturn]] void fail(std::uint64_t offset, std::string_view expected, std::string_view found) const {
        fail_in_file(op_, path_, offset, expected, found);
    }

private:
    struct Inflater;
    struct Close {
        void operator()(std::FILE* f) const noexcept { std::fclose(f); }
    };

    std::size_t read_stored(std::span<std::uint8_t> out);
    std::size_t inflate(std::span<std::uint8_t> out);
    [[noreturn]] void fail_compressed(std::string_view found) const;

    std::string op_;
    std::filesystem::path path_;
    std::unique_ptr<std::FILE, Close> file_;
    std::uint64_t most_bytes_ = 0;
    std::uint64_t offset_ = 0;
    std::unique_ptr<Inflater> inflater_;  // null for a plain file
};

}  // namespace xgrad
