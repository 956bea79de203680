#include "shared/files/checksum.hpp"

#include <cstdlib>

#include <doctest/doctest.h>

#include "shared/files/picture.hpp"
#include "support/temp_dir.hpp"

#include <xgrad/core/error.hpp>

using namespace apps;
using xgrad::DataError;
using xgrad::test::Bytes;
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

namespace {

// 2 x 1 pixels with 8 bits for red, green, blue and opacity: red, and blue that is half transparent.
const Bytes red_and_blue{0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d,
                         0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01,
                         0x08, 0x06, 0x00, 0x00, 0x00, 0xf4, 0x22, 0x7f, 0x8a, 0x00, 0x00, 0x00,
                         0x0e, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00,
                         0x42, 0x0d, 0x00, 0x0f, 0x7a, 0x03, 0x7e, 0x77, 0xe9, 0x7f, 0x97, 0x00,
                         0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

Picture grey(std::size_t height, std::size_t width, const std::vector<int>& values) {
    Picture picture{height, width, {}};
    for (const int value : values)
        picture.pixels.insert(picture.pixels.end(), 3, static_cast<std::uint8_t>(value));
    return picture;
}

}  // namespace

TEST_CASE("read_picture: a PNG, on white where it is transparent") {
    const TempDir dir;
    const Picture picture = read_picture(dir.write("a.png", red_and_blue));
    CHECK(picture.height == 1);
    CHECK(picture.width == 2);
    REQUIRE(picture.pixels.size() == 6);
    CHECK(std::vector<int>(picture.pixels.begin(), picture.pixels.begin() + 3) ==
          std::vector<int>{255, 0, 0});
    CHECK(picture.pixels[3] ==
          picture.pixels[4]);  // a mixture with white in linear light, of which the exact value is libpng's
    CHECK(picture.pixels[3] > 120);
    CHECK(picture.pixels[3] < 200);
    CHECK(picture.pixels[5] == 255);
}

TEST_CASE("read_picture: PPM and PGM, with comments and of any depth up to 8 bits") {
    const TempDir dir;
    const auto pixels = [&](std::string_view text) {
        return read_picture(dir.write("picture", text)).pixels;
    };
    CHECK(pixels(std::string_view("P6\n2 1\n255\n\x00\x01\x02\xfd\xfe\xff", 17)) ==
          Bytes{0, 1, 2, 253, 254, 255});
    CHECK(pixels("P5 # of\n# height\n 1 2 15\n\x0f\x05") == Bytes{255, 255, 255, 85, 85, 85});
    CHECK(pixels("P5\n1 1\n9\n\x0a") == Bytes{255, 255, 255});  // above its own maximum
}

TEST_CASE("read_picture: what cannot be read is named") {
    const TempDir dir;
    const std::string file = dir.file("picture");
    const auto check_refused = [&](std::string_view contents, const std::string& what) {
        dir.write("picture", contents);
        CAPTURE(contents);
        CHECK_THROWS_WITH_AS(read_picture(file), ("picture: " + file + ": " + what).c_str(), DataError);
    };
    const std::string none =
        "expected a PNG, PPM or PGM, found no file that can be read, or one of less than 2 bytes";
    CHECK_THROWS_WITH_AS(read_picture(dir.file("none")),
                         ("picture: " + dir.file("none") + ": " + none).c_str(), DataError);
    CHECK_THROWS_WITH_AS(read_picture(dir.path()), ("picture: " + dir.path().string() + ": " + none).c_str(),
                         DataError);
    check_refused("", none);
    check_refused("GIF89a..", "expected a PNG, or a binary PPM or PGM (P6, P5), found neither");
    check_refused("P3 1 1 255 0 0 0", "expected a PNG, or a binary PPM or PGM (P6, P5), found neither");
    check_refused("P6", "expected 1 to 67108864 pixels, found 0 x 0");
    check_refused("P6 0 3 255\n", "expected 1 to 67108864 pixels, found 0 x 3");
    check_refused("P6 -1 3 255\n", "expected 1 to 67108864 pixels, found 0 x 0");
    check_refused("P6 9999999999 9999999999 255\n",
                  "expected 1 to 67108864 pixels, found 9999999999 x 9999999999");
    check_refused("P6 8000 8000 255\n...", "found 8000 x 8000 pixels, but bytes for 1 at most");
    check_refused("P6 1 1 65535\n......", "expected values up to 1 ... 255, found 65535");
    check_refused("P6 1 1 0\n...", "expected values up to 1 ... 255, found 0");
    check_refused("P6 1 1 255x...", "expected a blank behind the header");
    check_refused("P6 2 2 255\n...", "found 2 x 2 pixels, but bytes for 1 at most");
    check_refused("P6 2 1 255\n.....", "expected 6 bytes of pixels, found 5");

    Bytes png = red_and_blue;
    for (const std::ptrdiff_t length : {8, 20, 45}) {
        CAPTURE(length);
        dir.write("picture", Bytes(png.begin(), png.begin() + length));
        CHECK_THROWS_WITH_AS(read_picture(file),
                             doctest::Contains((file + ": is no PNG that can be read: ").c_str()), DataError);
    }
    Bytes large = png;
    large[18] = 0x20, large[22] = 0x20;  // 8194 x 8193
    dir.write("picture", large);
    CHECK_THROWS_AS(read_picture(file), DataError);
    png[50] ^= 1;  // its compressed pixels
    dir.write("picture", png);
    CHECK_THROWS_WITH_AS(read_picture(file),
                         doctest::Contains((file + ": is no PNG that can be read: ").c_str()), DataError);
}

TEST_CASE("resized: as Pillow does it, to within 1") {
    const Picture picture =
        grey(5, 7, {121, 66, 189, 242, 33, 6,   240, 132, 119, 98,  240, 243, 203, 77, 118, 77, 199, 7,
                    32,  81, 21,  154, 15, 137, 242, 198, 218, 202, 227, 68,  187, 49, 18,  69, 253});
    struct Case {
        std::size_t width, height;
        std::vector<int> pillow;  // Image.resize((width, height), Image.BILINEAR), Pillow 9.4
    };
    for (const auto& [width, height, pillow] :
         {Case{4, 3, {111, 163, 149, 134, 106, 130, 119, 103, 130, 132, 113, 183}},
          Case{9, 8, {121, 84,  121, 201, 242, 79,  18,  84,  240, 126, 101, 116, 170, 241, 150,
                      107, 118, 169, 131, 121, 111, 132, 225, 229, 211, 155, 74,  122, 101, 124,
                      148, 80,  94,  110, 92,  39,  129, 82,  112, 157, 80,  83,  106, 109, 78,
                      152, 63,  73,  160, 227, 197, 200, 204, 191, 195, 95,  98,  158, 133, 105,
                      117, 166, 231, 227, 121, 121, 156, 49,  25,  46,  130, 253}}}) {
        const auto image = resized(picture, {1, height, width});
        REQUIRE(image.size() == pillow.size());
        for (std::size_t i = 0; i < image.size(); ++i) CHECK(std::abs(image[i] - pillow[i]) <= 1);
    }
}

TEST_CASE("resized: channel by channel; of the same size it stays as it is; one channel is brightness") {
    const Picture picture{1, 2, {10, 20, 30, 40, 50, 60}};
    CHECK(resized(picture, {3, 1, 2}) == Bytes{10, 40, 20, 50, 30, 60});
    CHECK(resized(picture, {1, 1, 2}) == Bytes{18, 48});
    CHECK(resized(grey(1, 1, {77}), {3, 2, 2}) == Bytes(12, 77));
    CHECK_THROWS_WITH_AS(resized(picture, {2, 1, 2}),
                         "picture: the net takes images of 2 channels, and a picture has 1 or 3",
                         xgrad::ValueError);
}
