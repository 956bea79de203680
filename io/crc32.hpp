#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace xgrad {

/// The CRC-32 checksum of gzip (RFC 1952, section 8).
std::uint32_t crc32(std::span<const std::byte> bytes);

}  // namespace xgrad
