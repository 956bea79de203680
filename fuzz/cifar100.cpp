// read_cifar100_files.
#include <xgrad/data/cifar100.hpp>

#include <algorithm>

#include "fuzz.hpp"

using namespace xgrad;
using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    constexpr std::size_t record_bytes = cifar100_record_bytes;
    const std::string file = fuzz::folder().write("train.bin", test::Bytes(bytes, bytes + size));
    const std::size_t records = std::max<std::size_t>(size / record_bytes, 1);
    const auto read = [&](Cifar100Labels labels) {
        return fuzz::accepted<DataError>(file, [&] { return read_cifar100_files({file}, records, labels); });
    };
    const auto fine = read(Cifar100Labels::fine), coarse = read(Cifar100Labels::coarse);
    require(fine.has_value() == coarse.has_value(), "only one kind of labels is accepted");
    if (!fine) return 0;
    require(fine->size() * record_bytes == size, "the number of images is not the file's");
    for (std::size_t i = 0; i < fine->size(); ++i) {
        const std::uint8_t* record = bytes + i * record_bytes;
        require(coarse->labels()[i] == record[0] && record[0] < 20, "a wrong coarse label");
        require(fine->labels()[i] == record[1] && record[1] < 100, "a wrong fine label");
        require(std::equal(record + 2, record + record_bytes, &fine->images()[i * fine->features()]),
                "a wrong pixel");
    }
    return 0;
}
