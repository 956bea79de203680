#include <xgrad/tensorboard/tensorboard_log.hpp>

#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <tuple>

#include <doctest/doctest.h>
#include <tensorboard/event.pb.h>

#include <xgrad/core/error.hpp>
#include <xgrad/train/training_loop.hpp>
#include "support/stop_after.hpp"
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::read_file;
using test::stop_after;
using test::TempDir;

namespace {

using tensorboard::Event;

// CRC-32C by its definition, bit by bit.
std::uint32_t crc32c(std::string_view bytes) {
    std::uint32_t crc = ~0u;
    for (const char byte : bytes) {
        crc ^= static_cast<std::uint8_t>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc % 2 * 0x82f63b78u);
    }
    return ~crc;
}

// Reads the records of a TFRecord file: the length in 8 bytes, its checksum in 4, the data, their checksum.
struct Records {
    std::string_view left;

    std::string_view take(std::uint64_t count) {
        if (count > left.size()) throw std::runtime_error("the file ends within a record");
        const std::string_view bytes = left.substr(0, count);
        left.remove_prefix(count);
        return bytes;
    }
    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0, shift = 0;
        for (const char byte : take(bytes)) {
            value |= std::uint64_t{static_cast<std::uint8_t>(byte)} << shift;
            shift += 8;
        }
        return value;
    }
    std::string_view checked(std::uint64_t count) {
        const std::string_view bytes = take(count);
        const std::uint32_t crc = crc32c(bytes);
        if (number(4) != static_cast<std::uint32_t>(((crc >> 15) | (crc << 17)) + 0xa282ead8u))
            throw std::runtime_error("wrong checksum");
        return bytes;
    }
    std::string_view next() {
        const std::string_view length = checked(8);
        return checked(Records{length}.number(8));
    }
};

std::vector<Event> events(std::string_view file) {
    std::vector<Event> all;
    for (Records records{file}; !records.left.empty();) {
        const std::string_view data = records.next();
        if (!all.emplace_back().ParseFromArray(data.data(), static_cast<int>(data.size())))
            throw std::runtime_error("no event");
    }
    return all;
}

// What is wrong with a file.
std::string error_of(std::string_view file) {
    try {
        events(file);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

// Step, name and value; without the times, in which runs differ.
using Scalar = std::tuple<std::int64_t, std::string, float>;
std::vector<Scalar> scalars(std::string_view file) {
    std::vector<Scalar> all;
    for (const Event& event : events(file))
        for (const auto& value : event.summary().value())
            all.emplace_back(event.step(), value.tag(), value.simple_value());
    return all;
}

// A training of 20 steps.
struct Training {
    explicit Training(const std::filesystem::path& folder, Checkpointing checkpointing = {})
        : loop(20, [&] {
              checkpointing.folder = folder / "checkpoints";
              return checkpointing;
          }()) {
        loop.state().add("rng", rng);
        loop.observe<TensorBoardLog>(folder);
    }
    void run() {
        loop.resume();
        loop.run([&](std::uint64_t step) {
            if (step % 2 == 0) loop.log("loss", rng.uniform());
            if (step % 5 == 4) loop.log("accuracy", static_cast<double>(step) / 20);
            return true;
        });
    }

    Rng rng{3};
    TrainingLoop loop;
};

std::filesystem::path file_in(const std::filesystem::path& folder) {
    return folder / "events.out.tfevents.xgrad";
}

double now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

TEST_CASE("TensorBoardLog: an event for each step that logged something, after the version of the format") {
    const TempDir dir;
    constexpr double inf = std::numeric_limits<double>::infinity();
    const std::string long_name(100'000, 'x');
    const double begin = now();
    const auto folder = dir.path() / "runs" / "first";
    TrainingLoop loop(4);
    loop.observe<TensorBoardLog>(folder);
    loop.run([&](std::uint64_t step) {
        if (step == 0) loop.log("loss", 0.1);
        if (step == 2) {
            loop.log("Größe/λ", 0);
            loop.log("", -1.5e-300);
            loop.log("loss", std::nan(""));
        }
        if (step == 3) {
            loop.log("large", 1e300);
            loop.log(long_name, -inf);
        }
        return true;
    });

    const std::string file = read_file(file_in(folder));
    const std::vector<Event> found = events(file);
    REQUIRE(found.size() == 4);
    CHECK(found[0].file_version() == "brain.Event:2");
    double before = begin;
    for (const Event& event : found) {
        CHECK(event.wall_time() >= before);
        before = event.wall_time();
        for (const auto& value : event.summary().value()) CHECK(value.has_simple_value());  // 0 is one, too
    }
    CHECK(now() >= before);
    std::vector<Scalar> values = scalars(file);
    REQUIRE(values.size() == 6);
    CHECK(std::isnan(std::get<float>(values[3])));
    std::get<float>(values[3]) = 7;
    CHECK(values == std::vector<Scalar>{{1, "loss", 0.1f},
                                        {3, "Größe/λ", 0.f},
                                        {3, "", -0.f},
                                        {3, "loss", 7.f},
                                        {4, "large", static_cast<float>(inf)},
                                        {4, long_name, static_cast<float>(-inf)}});
}

TEST_CASE("TensorBoardLog: the records are framed as TensorBoard's") {
    CHECK(crc32c("123456789") == 0xe3069283);  // the known value of the algorithm
    CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);  // RFC 3720, B.4
    const TempDir dir;
    TrainingLoop loop(1);
    loop.observe<TensorBoardLog>(dir.path());
    loop.run([&](std::uint64_t) {
        loop.log("loss", 1.5);
        return true;
    });
    std::string file = read_file(file_in(dir.path()));
    // So begins every file of TensorBoard's own writer, with a record of 24 bytes; the time is left out.
    CHECK(file.substr(0, 13) == std::string("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22\x09", 13));
    CHECK(file.substr(21, 15) ==
          "\x1a\x0d"
          "brain.Event:2");
    // step 1; a summary of 13 bytes; a value of 11; its tag of 4; 1.5
    CHECK(file.substr(40 + 12 + 9, 17) ==
          std::string("\x10\x01\x2a\x0d\x0a\x0b\x0a\x04loss\x15\0\0\xc0\x3f", 17));
    REQUIRE(error_of(file) == "");
    for (std::size_t i = 0; i < file.size(); ++i) {
        CAPTURE(i);
        CHECK(error_of(file.substr(0, i)) == (i == 0 || i == 40 ? "" : "the file ends within a record"));
        file[i] ^= 1;
        CHECK(error_of(file) == "wrong checksum");
        file[i] ^= 1;
    }
}

TEST_CASE("TensorBoardLog: the same values wherever the training was interrupted") {
    const TempDir whole;
    Training(whole.path()).run();
    const std::vector<Scalar> expected = scalars(read_file(file_in(whole.path())));
    CHECK(expected.size() == 14);
    for (const int step : {1, 6, 7, 12, 19}) {
        CAPTURE(step);
        const TempDir dir;
        CHECK_THROWS_AS(Training(dir.path(), {.every = 6, .stop_requested = stop_after(step)}).run(),
                        Stopped);
        if (step > 6)  // as if it had been killed: the last checkpoint is older than the last event
            std::filesystem::remove(
                CheckpointFolder(dir.path() / "checkpoints").file(static_cast<std::uint64_t>(step)));
        std::ofstream(file_in(dir.path()), std::ios::app) << std::string("\x18\0\0", 3);  // cut by the kill
        CHECK(error_of(read_file(file_in(dir.path()))) == "the file ends within a record");
        Training(dir.path(), {.every = 6, .resume = true}).run();
        CHECK(scalars(read_file(file_in(dir.path()))) == expected);
    }
    Training(whole.path()).run();  // a new training replaces the file
    CHECK(scalars(read_file(file_in(whole.path()))) == expected);
}

TEST_CASE("TensorBoardLog: what it refuses") {
    const TempDir dir;
    TrainingLoop loop(1);
    loop.observe<TensorBoardLog>(dir.path());
    CHECK_THROWS_WITH_AS(loop.run([&](std::uint64_t) {
        loop.log("loss\xff", 1);
        return true;
    }),
                         "TensorBoardLog: the name \"loss\\xff\" of a value of step 1 is not UTF-8: "
                         "log it under another name",
                         ValueError);
    CHECK(scalars(read_file(file_in(dir.path()))).empty());

    CHECK_THROWS_AS(Training(dir.path(), {.stop_requested = stop_after(10)}).run(), Stopped);
    std::filesystem::resize_file(file_in(dir.path()), 5);
    std::string message;
    try {
        Training(dir.path(), {.resume = true}).run();
    } catch (const DataError& error) {
        message = error.what();
    }
    CHECK(message.starts_with("MetricsLog: " + file_in(dir.path()).string() + ": has 5 bytes, but had "));
    CHECK(message.ends_with(" when the checkpoint was written: put the file back, or start anew"));
}
