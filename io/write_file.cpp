#include <xgrad/io/write_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace xgrad {
namespace {

constexpr std::string_view suffix = ".part";  // of temporary files

[[noreturn]] void fail_to(const char* step, const std::filesystem::path& path) {
    fail<DataError>("write_file", fmt::format("{}: cannot {}: {}", path.string(), step,
                                              std::generic_category().message(errno)));
}

class File {
public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    operator int() const { return descriptor_; }

private:
    int descriptor_;
};

// A new file beside `path`, removed on destruction unless it has replaced `path`.
class Temporary {
public:
    explicit Temporary(const std::filesystem::path& path) : path_(path), file_(create()) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        if (!name_.empty()) ::unlink(name_.c_str());
    }

    // Takes over the mode of the old file. Without an old file, the umask determines the mode.
    void keep_mode() const {
        struct ::stat old;
        if (::stat(path_.c_str(), &old) == 0 && S_ISREG(old.st_mode) &&
            ::fchmod(file_, old.st_mode & 07777) != 0)
            fail_to("set the mode", path_);
    }

    void write(std::string_view contents) const {
        while (!contents.empty()) {
            const ::ssize_t count = ::write(file_, contents.data(), contents.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail_to("write", path_);
            contents.remove_prefix(static_cast<std::size_t>(count));
        }
        if (::fsync(file_) != 0) fail_to("sync", path_);
    }

    void take_place() {
        if (::rename(name_.c_str(), path_.c_str()) != 0) fail_to("rename", path_);
        name_.clear();
    }

private:
    int create() {
        static std::atomic<unsigned> count = 0;
        for (;;) {
            const std::string file =
                fmt::format(".{}.{}-{}{}", path_.filename().string(), ::getpid(), ++count, suffix);
            name_ = (path_.parent_path() / file).string();
            const int descriptor = ::open(name_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
            if (descriptor >= 0) return descriptor;
            if (errno == EEXIST) continue;  // left over from a process with the same id
            name_.clear();
            fail_to("create a file beside it", path_);
        }
    }

    const std::filesystem::path& path_;
    std::string name_;
    File file_;
};

}  // namespace

void write_file(const std::filesystem::path& path, std::string_view contents) {
    {
        Temporary temporary(path);
        temporary.keep_mode();
        temporary.write(contents);
        temporary.take_place();
    }
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    const File directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory < 0 || ::fsync(directory) != 0) fail_to("sync the folder of", path);
}

void remove_leftovers(const std::filesystem::path& folder) {
    if (!std::filesystem::is_directory(folder)) return;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with('.') && name.ends_with(suffix)) std::filesystem::remove(entry.path());
    }
}

}  // namespace xgrad
