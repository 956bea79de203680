#pragma once

#include "support/temp_dir.hpp"

namespace xgrad::test {

/// The bytes as a gzip file of one member.
Bytes gzip(const Bytes& bytes);

}  // namespace xgrad::test
