#include "shared/jobs/folder_lock.hpp"

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/temp_dir.hpp"

using apps::FolderLock;
using xgrad::test::TempDir;

TEST_CASE("FolderLock: one at a time; a folder that cannot be used is named, with the reason") {
    const TempDir dir;
    const std::string out = dir.file("out");
    {
        const FolderLock lock(out, "cifar_bn");
        CHECK_THROWS_WITH_AS(
            FolderLock(out, "cifar_bn"),
            ("--out: " + out +
             ": another cifar_bn is writing to this folder: wait for it, or give another --out")
                .c_str(),
            xgrad::DataError);
    }
    CHECK_NOTHROW(FolderLock(out, "cifar_bn"));
    dir.write("file", "");
    CHECK_THROWS_WITH_AS(FolderLock(dir.file("file/out"), "cifar_bn"),
                         ("--out: " + dir.file("file/out") + ": cannot be created: Not a directory").c_str(),
                         xgrad::DataError);
}
