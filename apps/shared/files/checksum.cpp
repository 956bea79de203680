#include "shared/files/checksum.hpp"

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <xgrad/core/error.hpp>

namespace apps {

std::string sha256(const std::filesystem::path& file) {
    const auto expect = [&](bool condition, const char* what) {
        if (!condition) xgrad::fail<xgrad::DataError>("sha256", fmt::format("{}: {}", file.string(), what));
    };
    std::ifstream stream(file, std::ios::binary);
    expect(stream.good(), "cannot be read");
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    expect(context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1,
           "OpenSSL has no SHA-256 here");
    std::vector<char> chunk(1 << 20);
    while (stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), stream.gcount() > 0)
        EVP_DigestUpdate(context.get(), chunk.data(), static_cast<std::size_t>(stream.gcount()));
    expect(!stream.bad(), "cannot be read to its end");
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context.get(), digest.data(), &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
}

}  // namespace apps
