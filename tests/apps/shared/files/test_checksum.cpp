#include "shared/files/checksum.hpp"

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/temp_dir.hpp"

using apps::sha256;
using xgrad::test::TempDir;

TEST_CASE("sha256: as sha256sum prints it; a file that is not there is named") {
    const TempDir dir;
    CHECK(sha256(dir.write("abc", "abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256(dir.write("empty", "")) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK_THROWS_WITH_AS(sha256(dir.file("none")),
                         ("sha256: " + dir.file("none") + ": cannot be read").c_str(), xgrad::DataError);
}
