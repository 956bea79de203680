// read_cifar10_files, and the class names that read_cifar10 reads.
#include <xgrad/data/cifar10.hpp>

#include <algorithm>

#include "fuzz.hpp"

using namespace xgrad;
using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    constexpr std::size_t record_bytes = cifar10_record_bytes;
    const std::string file = fuzz::folder().write("batches.meta.txt", test::Bytes(bytes, bytes + size));
    const std::size_t records = std::max<std::size_t>(size / record_bytes, 1);
    const auto images = fuzz::accepted<DataError>(file, [&] { return read_cifar10_files({file}, records); });
    if (images) {
        require(images->size() * record_bytes == size, "the number of images is not the file's");
        for (std::size_t i = 0; i < images->size(); ++i) {
            const std::uint8_t* record = bytes + i * record_bytes;
            require(images->labels()[i] == *record && *record < 10, "a wrong label");
            require(std::equal(record + 1, record + record_bytes, &images->images()[i * (record_bytes - 1)]),
                    "a wrong pixel");
        }
    }

    // read_cifar10 reads the names first, then fails because there are no images.
    static const std::string no_images = fuzz::folder().write("data_batch_1.bin", "");
    const auto& folder = fuzz::folder().path();
    require(!fuzz::accepted<DataError>(folder.string(), [&] { return read_cifar10(folder); }),
            "images from an empty file");
    return 0;
}
