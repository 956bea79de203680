#include <xgrad/io/byte_reader.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#define ZLIB_CONST
#include <zlib.h>

#include <xgrad/core/error.hpp>

namespace xgrad {

void fail_in_file(std::string_view op, const std::filesystem::path& file, std::string_view where,
                  std::string_view expected, std::string_view found) {
    fail<DataError>(op, fmt::format("{}: {}: expected {}, found {}", file.string(), where, expected, found));
}

void fail_in_file(std::string_view op, const std::filesystem::path& file, std::uint64_t offset,
                  std::string_view expected, std::string_view found) {
    fail_in_file(op, file, fmt::format("offset {}", offset), expected, found);
}

struct ByteReader::Inflater {
    z_stream stream{};
    std::array<std::uint8_t, 1 << 16> input;
    std::uint64_t taken = 0;  // compressed bytes read from the file
    bool between_members = true;  // a gzip file is a sequence of any number of members

    Inflater() {
        constexpr int gzip_with_largest_window = 16 + MAX_WBITS;
        if (inflateInit2(&stream, gzip_with_largest_window) != Z_OK) throw std::bad_alloc();
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() { inflateEnd(&stream); }
};

ByteReader::ByteReader(std::string_view op, std::filesystem::path file, Gzip gzip)
    : op_(op), path_(std::move(file)) {
    std::error_code error;
    most_bytes_ = std::filesystem::file_size(path_, error);  // fails unless it is a regular file
    if (!error) {
        file_.reset(std::fopen(path_.c_str(), "rb"));
        if (!file_) error = std::error_code(errno, std::generic_category());
    }
    if (error)
        xgrad::fail<DataError>(
            op_, fmt::format("{}: expected a readable file: {}", path_.string(), error.message()));
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);

    if (gzip == Gzip::no) return;
    std::array<std::uint8_t, 2> start{};
    const bool is_gzip = read_stored(start) == 2 && start[0] == 0x1f && start[1] == 0x8b;
    std::rewind(file_.get());
    if (!is_gzip) return;
    inflater_ = std::make_unique<Inflater>();
    constexpr std::uint64_t best_ratio = 1032;  // deflate's: 258 bytes from 2 bits
    most_bytes_ *= best_ratio;
}

ByteReader::ByteReader(std::string_view op, std::filesystem::path name, std::string_view bytes)
    : op_(op), path_(std::move(name)), most_bytes_(bytes.size()) {
    if (bytes.empty()) fail(std::uint64_t{0}, "some bytes", "none");
    file_.reset(fmemopen(const_cast<char*>(bytes.data()), bytes.size(), "rb"));  // which it does not change
    if (!file_) throw std::bad_alloc();
}

ByteReader::~ByteReader() = default;

void ByteReader::fail_compressed(std::string_view found) const {
    const std::uint64_t offset = inflater_->taken - inflater_->stream.avail_in;
    fail(fmt::format("offset {} of the compressed file", offset), "valid gzip data", found);
}

std::size_t ByteReader::read_stored(std::span<std::uint8_t> out) {
    const std::size_t got = std::fread(out.data(), 1, out.size(), file_.get());
    if (got < out.size() && std::ferror(file_.get()))
        fail(offset_ + got, "more bytes",
             "an error: " + std::error_code(errno, std::generic_category()).message());
    return got;
}

std::size_t ByteReader::inflate(std::span<std::uint8_t> out) {
    Inflater& in = *inflater_;
    in.stream.next_out = out.data();
    in.stream.avail_out = static_cast<uInt>(out.size());
    while (in.stream.avail_out > 0) {
        if (in.stream.avail_in == 0) {
            const std::size_t got = read_stored(in.input);
            in.taken += got;
            in.stream.next_in = in.input.data();
            in.stream.avail_in = static_cast<uInt>(got);
            if (got == 0 && in.between_members) break;
            if (got == 0) fail_compressed("the end of the file");
        }
        in.between_members = false;
        const int status = ::inflate(&in.stream, Z_NO_FLUSH);
        if (status == Z_STREAM_END) {
            inflateReset(&in.stream);
            in.between_members = true;
        } else if (status == Z_MEM_ERROR) {
            throw std::bad_alloc();
        } else if (status != Z_OK) {
            fail_compressed(in.stream.msg ? in.stream.msg : "something else");
        }
    }
    return out.size() - in.stream.avail_out;
}

std::size_t ByteReader::read(std::span<std::uint8_t> out) {
    constexpr std::size_t most_at_once = std::size_t{1} << 30;  // zlib counts in 32 bits
    std::size_t total = 0;
    while (total < out.size()) {
        const auto rest = out.subspan(total, std::min(out.size() - total, most_at_once));
        const std::size_t got = inflater_ ? inflate(rest) : read_stored(rest);
        total += got;
        offset_ += got;
        if (got < rest.size()) break;
    }
    return total;
}

void ByteReader::read_all(std::span<std::uint8_t> out, std::string_view expected) {
    if (read(out) != out.size()) fail(offset_, expected, "the end of the file");
}

void ByteReader::append(std::vector<std::uint8_t>& out, std::size_t count, std::string_view expected) {
    std::array<std::uint8_t, 1 << 16> chunk;
    while (count > 0) {
        const auto part = std::span(chunk).first(std::min(count, chunk.size()));
        read_all(part, expected);
        out.insert(out.end(), part.begin(), part.end());
        count -= part.size();
    }
}

void ByteReader::expect_end() {
    std::array<std::uint8_t, 1> one;
    if (read(one) != 0) fail(offset_ - 1, "the end of the file", "more bytes");
}

}  // namespace xgrad
