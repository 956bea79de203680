#include <xgrad/io/random_access_file.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/io/byte_reader.hpp>

namespace xgrad {

RandomAccessFile::RandomAccessFile(std::string op, std::filesystem::path path)
    : op_(std::move(op)), path_(std::move(path)) {
    std::error_code error;
    size_ = std::filesystem::file_size(path_, error);  // fails unless it is a regular file
    if (!error) {
        file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
        if (file_ < 0) error = std::error_code(errno, std::generic_category());
    }
    if (error)
        fail<DataError>(op_,
                        fmt::format("{}: expected a readable file: {}", path_.string(), error.message()));
}

RandomAccessFile::RandomAccessFile(RandomAccessFile&& other) noexcept
    : op_(std::move(other.op_)),
      path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      size_(other.size_) {}

RandomAccessFile::~RandomAccessFile() {
    if (file_ >= 0) ::close(file_);
}

void RandomAccessFile::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
    while (!out.empty()) {
        const ::ssize_t count = ::pread(file_, out.data(), out.size(), static_cast<::off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0)
            fail<DataError>(op_, fmt::format("{}: cannot be read: {}", path_.string(),
                                             std::generic_category().message(errno)));
        if (count == 0)
            fail_in_file(op_, path_, offset, fmt::format("{} more bytes", out.size()), "the end of the file");
        out = out.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

void RandomAccessFile::will_read(std::uint64_t offset, std::uint64_t count) const noexcept {
    ::posix_fadvise(file_, static_cast<::off_t>(offset), static_cast<::off_t>(count), POSIX_FADV_WILLNEED);
}

}  // namespace xgrad
