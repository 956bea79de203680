// The linker directs the calls of fchmod, write, fsync and rename to the functions below, each of which fails
// when its turn has come.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <map>
#include <string>
#include <system_error>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/train/checkpoint.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::TempDir;

namespace {

struct {
    int calls_before = -1;  // how many succeed before one fails; negative: all succeed
    int error = 0;
    std::size_t longest_write = 1 << 30;
    std::string failed;  // the call that did
} fault;

bool fails(const char* call) {
    if (fault.calls_before < 0 || fault.calls_before-- > 0) return false;
    fault.failed = call;
    errno = fault.error;
    return true;
}

}  // namespace

extern "C" {
::ssize_t __real_write(int file, const void* bytes, std::size_t count);
int __real_fchmod(int file, ::mode_t mode);
int __real_fsync(int file);
int __real_rename(const char* from, const char* to);

::ssize_t __wrap_write(int file, const void* bytes, std::size_t count) {
    return fails("write") ? -1 : __real_write(file, bytes, std::min(count, fault.longest_write));
}
int __wrap_fchmod(int file, ::mode_t mode) { return fails("fchmod") ? -1 : __real_fchmod(file, mode); }
int __wrap_fsync(int file) { return fails("fsync") ? -1 : __real_fsync(file); }
int __wrap_rename(const char* from, const char* to) { return fails("rename") ? -1 : __real_rename(from, to); }
}

namespace {

Safetensors state(float value) { return {{{"net.weight", Array<float>{value, 2, 3}}}, {}}; }

// Writes the checkpoint of `step` with the n-th call failing, for every n, until it succeeds. Returns the
// calls that failed.
std::vector<std::string> fail_each_call(std::uint64_t step, int error, std::size_t longest_write) {
    std::vector<std::string> failed;
    for (int n = 0;; ++n) {
        const TempDir dir;
        const CheckpointFolder checkpoints(dir.path(), 1);
        checkpoints.write(10, state(10));
        fault = {n, error, longest_write, {}};
        std::string message;
        try {
            checkpoints.write(step, state(20));
        } catch (const DataError& caught) {
            message = caught.what();
        }
        fault.calls_before = -1;
        CAPTURE(n);
        CAPTURE(message);
        const auto newest = checkpoints.newest();
        REQUIRE(newest);
        const bool is_new = newest->state.arrays == state(20).arrays;
        if (fault.failed.empty()) {
            CHECK(message.empty());
            CHECK(is_new);
            return failed;
        }
        const bool in_place = !failed.empty() &&
                              failed.back() == "rename";  // the last call, which makes sure of it, has failed
        CHECK(is_new == in_place);
        if (!is_new) CHECK(newest->state.arrays == state(10).arrays);
        failed.push_back(fault.failed);
        const std::map<std::string, std::string> steps{{"fchmod", "set the mode"},
                                                       {"write", "write"},
                                                       {"rename", "rename"},
                                                       {"fsync", in_place ? "sync the folder of" : "sync"}};
        CHECK(message == "write_file: " + checkpoints.file(step).string() + ": cannot " +
                             steps.at(fault.failed) + ": " + std::generic_category().message(error));
        const auto files = std::distance(std::filesystem::directory_iterator(dir.path()), {});
        CHECK(files == (in_place && step != 10
                            ? 2
                            : 1));  // no temporary file is left, and none removed that may yet be needed
    }
}

}  // namespace

TEST_CASE(
    "a checkpoint of which any fchmod, write, fsync or rename fails leaves the one before it, and names the cause") {
    for (const int error : {ENOSPC, EIO, EDQUOT}) {
        CAPTURE(error);
        for (const std::uint64_t step : {20U, 10U}) {  // a new file, and one in the place of another
            CAPTURE(step);
            std::vector<std::string> calls{"write", "fsync", "rename", "fsync"};
            if (step == 10) calls.insert(calls.begin(), "fchmod");
            CHECK(fail_each_call(step, error, 1 << 30) == calls);
            const auto failed = fail_each_call(step, error, 16);  // a write may do less than it was asked for
            CHECK(std::count(failed.begin(), failed.end(), "write") > 5);
            CHECK(failed.size() ==
                  static_cast<std::size_t>(std::count(failed.begin(), failed.end(), "write")) + calls.size() -
                      1);
        }
    }
}

TEST_CASE("a write that a signal interrupts is taken up again") {
    const TempDir dir;
    const CheckpointFolder checkpoints(dir.path());
    fault = {0, EINTR, 16, {}};
    checkpoints.write(10, state(10));
    CHECK(fault.failed == "write");
    CHECK(checkpoints.newest()->state.arrays == state(10).arrays);
}
