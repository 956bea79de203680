// What hostile files cost: counts the bytes of every operator new in this program.
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/io/safetensors.hpp>
#include "support/temp_dir.hpp"

namespace {

std::atomic<std::size_t> allocated{0}, most_allocated{0};

void* counted(std::size_t bytes, std::size_t alignment) {
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (!memory) throw std::bad_alloc();
    const std::size_t now = allocated += malloc_usable_size(memory);
    if (now > most_allocated) most_allocated = now;
    return memory;
}

void freed(void* memory) {
    allocated -= malloc_usable_size(memory);
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return counted(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { freed(memory); }
void operator delete(void* memory, std::size_t) noexcept { freed(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { freed(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { freed(memory); }

using namespace xgrad;

namespace {

std::string repeated(std::size_t count, const std::function<std::string(std::size_t)>& part) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += (i ? "," : "") + part(i);
    return text;
}

std::string ones(std::size_t count) {
    return repeated(count, [](std::size_t) { return "1"; });
}

}  // namespace

TEST_CASE("read_safetensors: takes at most 1 MiB and 16 times the header beside the arrays") {
    const auto empty_array = [](std::size_t i) {
        return fmt::format(R"("{:x}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})", i);
    };
    const auto empty_64_axes = [](std::size_t i) {
        return fmt::format(R"("{:x}":{{"dtype":"F32","shape":[{},0],"data_offsets":[0,0]}})", i, ones(63));
    };
    const std::string metadata = R"({"__metadata__":{)" + repeated(100'000, [](std::size_t i) {
                                     return fmt::format(R"("{:x}":"")", i);
                                 });
    const std::string long_name((1U << 20) + 1, 'n'), digits((1U << 20) + 1, '1');
    struct Case {
        std::string what, header;
    };
    const std::vector<Case> cases{
        {"empty arrays", "{" + repeated(40'000, empty_array) + "}"},
        {"empty arrays of 64 axes", "{" + repeated(10'000, empty_64_axes) + "}"},
        {"metadata", metadata + "}}"},
        {"metadata without an end", metadata},
        {"a long name", "{\"" + long_name + R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})"},
        {"a long name, twice", "{\"" + long_name + R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},")" +
                                   long_name + "\":{}}"},
        {"a name without an end", "{\"" + long_name},
        {"a name of escapes without an end",
         "{\"" + repeated(100'000, [](std::size_t) { return "\\u0001"; })},
        {"a long dtype", R"({"w":{"dtype":")" + long_name + "\"}}"},
        {"a long number", R"({"w":{"shape":[)" + digits + "]}}"},
        {"a number beyond double", R"({"w":{"shape":[)" + digits + "e1]}}"},
        {"a long shape", R"({"w":{"shape":[)" + ones(500'000) + "]}}"},
        {"deep", "{\"w\":" + std::string(1'000'000, '[')},
    };
    const test::TempDir dir;
    for (const Case& hostile : cases) {
        CAPTURE(hostile.what);
        const std::string& header = hostile.header;
        const std::uint64_t length = header.size();
        const std::string file =
            dir.write("file", std::string(reinterpret_cast<const char*>(&length), 8) + header);
        release_cached_memory();
        const std::size_t before = allocated;
        most_allocated = before;
        try {
            read_safetensors(file);
        } catch (const Error&) {
        }
        const double times =
            (static_cast<double>(most_allocated - before) - (1 << 20)) / static_cast<double>(header.size());
        CHECK(times < 16);
    }
}
