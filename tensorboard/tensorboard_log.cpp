#include <xgrad/tensorboard/tensorboard_log.hpp>

#include <bit>
#include <chrono>
#include <cstdint>

#include <fmt/format.h>
#include <tensorboard/event.pb.h>
#include <boost/crc.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/io/text.hpp>

namespace xgrad {
namespace {

using tensorboard::Event;

static_assert(std::endian::native == std::endian::little, "event files are little-endian");

std::string bytes_of(auto number) { return {reinterpret_cast<const char*>(&number), sizeof(number)}; }

// CRC-32C (RFC 3720), masked: so that a checksum of data that hold checksums is not a special one.
std::string checksum(const std::string& bytes) {
    const std::uint32_t crc =
        boost::crc<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>(bytes.data(), bytes.size());
    return bytes_of(std::rotr(crc, 15) + 0xA282EAD8);
}

// The event, of now, as a record of a TFRecord file.
std::string framed(Event& event) {
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    event.set_wall_time(now.count());
    const std::string data = event.SerializeAsString();
    const std::string length = bytes_of(std::uint64_t{data.size()});
    return length + checksum(length) + data + checksum(data);
}

}  // namespace

std::string TensorBoardLog::header() const {
    Event event;
    event.set_file_version("brain.Event:2");
    return framed(event);
}

std::string TensorBoardLog::entry(const StepRecord& record) const {
    Event event;
    event.set_step(static_cast<std::int64_t>(record.step));
    for (const auto& [name, number] : record.values) {
        if (utf8_prefix(name) < name.size())
            fail<ValueError>(
                "TensorBoardLog",
                fmt::format("the name {} of a value of step {} is not UTF-8: log it under another name",
                            shown(name), record.step));
        auto& value = *event.mutable_summary()->add_value();
        value.set_tag(name);
        value.set_simple_value(static_cast<float>(number));
    }
    return framed(event);
}

}  // namespace xgrad
