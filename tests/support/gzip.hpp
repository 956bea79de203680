#pragma once

#include <stdexcept>

#include <zlib.h>

#include "support/temp_dir.hpp"

namespace xgrad::test {

/// The bytes as a gzip file of one member.
inline Bytes gzip(const Bytes& bytes) {
    z_stream stream{};
    constexpr int gzip_with_largest_window = 16 + MAX_WBITS, memory = 8;
    if (deflateInit2(&stream, 9, Z_DEFLATED, gzip_with_largest_window, memory, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2");
    Bytes out(deflateBound(&stream, static_cast<uLong>(bytes.size())));
    stream.next_in = const_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const int status = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (status != Z_STREAM_END) throw std::runtime_error("deflate");
    return out;
}

}  // namespace xgrad::test
