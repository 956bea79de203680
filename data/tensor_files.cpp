#include <xgrad/data/tensor_files.hpp>

#include <limits>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/shape.hpp>
#include <xgrad/data/shards.hpp>
#include <xgrad/io/safetensors.hpp>

namespace xgrad::detail {
namespace {

constexpr const char* op = "TensorFiles";
constexpr const char* dtype_names[] = {"F32", "F64", "I64"};
constexpr std::size_t element_bytes[] = {4, 8, 8};

}  // namespace

OpenTensorFiles::OpenTensorFiles(const std::vector<std::filesystem::path>& files,
                                 const std::vector<std::string>& names,
                                 const std::vector<std::size_t>& dtypes) {
    if (files.empty()) fail<DataError>(op, "there are no files");
    for (const auto& path : files) {
        const auto places = read_safetensors_places(path);
        std::size_t rows = 0;
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto refuse = [&](const std::string& what) {
                fail<DataError>(op, fmt::format("{}: {}: {}", path.string(), names[i], what));
            };
            const auto place = places.find(names[i]);
            if (place == places.end()) refuse("expected an array of this name, found none");
            const auto& [dtype, shape, offset] = place->second;
            if (dtype != dtypes[i] || shape.empty())
                refuse(fmt::format("expected {} with an axis of samples, found {} of shape {}",
                                   dtype_names[dtypes[i]], dtype_names[dtype], to_string(shape)));
            if (i == 0) rows = shape[0];
            if (shape[0] != rows)
                refuse(fmt::format("expected {} samples, as {} has, found {}", rows, names[0], shape[0]));
            const Shape sample(shape.begin() + 1, shape.end());
            if (files_.empty())
                fields_.push_back({names[i], sample, size_of(sample) * element_bytes[dtype], {}});
            if (sample != fields_[i].sample)
                refuse(fmt::format("expected samples of shape {}, as in {}, found {}",
                                   to_string(fields_[i].sample), files_[0].path().string(),
                                   to_string(sample)));
            fields_[i].offsets.push_back(offset);
        }
        files_.emplace_back(op, path);
        starts_.push_back(starts_.back() + rows);
    }
}

void OpenTensorFiles::read(std::size_t field, std::size_t row, std::uint8_t* to) const {
    if (row >= size()) fail<ValueError>(op, fmt::format("there is no sample {}: there are {}", row, size()));
    const auto& [name, sample, bytes, offsets] = fields_[field];
    for_each_shard(starts_, row, 1,
                   [&, bytes = bytes, offsets = &offsets](std::size_t file, std::size_t place, std::size_t) {
                       files_[file].read((*offsets)[file] + place * bytes, {to, bytes});
                   });
}

void OpenTensorFiles::will_read(std::size_t first, std::size_t count) const noexcept {
    for_each_shard(starts_, first, count, [&](std::size_t file, std::size_t place, std::size_t rows) {
        for (const Field& field : fields_)
            files_[file].will_read(field.offsets[file] + place * field.bytes, rows * field.bytes);
    });
}

std::int32_t OpenTensorFiles::narrowed(std::size_t field, std::size_t row, std::int64_t value) const {
    using Limits = std::numeric_limits<std::int32_t>;
    if (value < Limits::min() || value > Limits::max())
        fail<DataError>(op, fmt::format("{}: sample {}: expected integers of 32 bits, found {}",
                                        fields_[field].name, row, value));
    return static_cast<std::int32_t>(value);
}

}  // namespace xgrad::detail
