#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include <xgrad/core/error.hpp>
#include "support/temp_dir.hpp"

// Shared by the fuzz targets. A target is a source that defines LLVMFuzzerTestOneInput: libFuzzer calls it
// with generated inputs (scripts/fuzz), main.cpp with the files of the corpus (the tests fuzz/...).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace xgrad::fuzz {

/// This process's folder for the files that the parsers read: in $TMPDIR, which scripts/fuzz sets to a folder
/// in memory.
inline const test::TempDir& folder() {
    static const test::TempDir dir;
    return dir;
}

/// The result of `read`, or nothing if it throws an `E` that names `file`. Any other exception is a finding.
template <std::derived_from<Error> E, class F>
auto accepted(const std::string& file, F read) -> std::optional<decltype(read())> {
    try {
        return read();
    } catch (const E& error) {
        if (std::string(error.what()).find(file) == std::string::npos)
            throw std::logic_error("the error does not name the file");
        return std::nullopt;
    }
}

/// A finding, unless `condition` holds.
inline void require(bool condition, const char* otherwise) {
    if (!condition) throw std::logic_error(otherwise);
}

}  // namespace xgrad::fuzz
