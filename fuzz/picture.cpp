// read_picture and resized.
#include "shared/files/picture.hpp"

#include "fuzz.hpp"

using namespace apps;
using namespace xgrad;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string file = fuzz::folder().write("picture", test::Bytes(bytes, bytes + size));
    const auto picture = fuzz::accepted<DataError>(file, [&] { return read_picture(file); });
    if (!picture) return 0;
    fuzz::require(picture->pixels.size() == 3 * picture->width * picture->height,
                  "the number of bytes is not three per pixel");
    for (const std::size_t channels : {1U, 3U})
        fuzz::require(resized(*picture, {channels, 4, 5}).size() == channels * 20,
                      "the resized image has another size");
    return 0;
}
