#include <xgrad/core/write_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace xgrad {
namespace {

constexpr std::string_view suffix = ".part";  // of temporary files

[[noreturn]] void fail_to(const char* step, const std::filesystem::path& path) {
    fail<DataError>("write_file", fmt::format("{}: cannot {}: {}", path.string(), step, std::generic_category().message(errno)));
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

// Removes the temporary file unless it has been renamed.
struct Temporary {
    std::string name;
    ~Temporary() {
        if (!name.empty()) ::unlink(name.c_str());
    }
};

}  // namespace

void write_file(const std::filesystem::path& path, std::string_view contents) {
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    Temporary temporary{(folder / ("." + path.filename().string() + ".XXXXXX" + std::string(suffix))).string()};
    {
        const File file(::mkostemps(temporary.name.data(), static_cast<int>(suffix.size()), O_CLOEXEC));
        if (file < 0) {
            temporary.name.clear();
            fail_to("create a file beside it", path);
        }
        for (std::size_t written = 0; written < contents.size();) {
            const ::ssize_t count = ::write(file, contents.data() + written, contents.size() - written);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail_to("write", path);
            written += static_cast<std::size_t>(count);
        }
        if (::fchmod(file, 0644) != 0) fail_to("set the mode", path);
        if (::fsync(file) != 0) fail_to("sync", path);
    }
    if (::rename(temporary.name.c_str(), path.c_str()) != 0) fail_to("rename", path);
    temporary.name.clear();
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
