#include <xgrad/data/image_files.hpp>

#include <span>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/data/cifar10.hpp>
#include <xgrad/data/shards.hpp>

namespace xgrad {
namespace {

constexpr const char* op = "ImageFiles";

}  // namespace

ImageRecords cifar10_image_records() { return {cifar10_name, cifar10_classes(), {3, 32, 32}}; }

ImageFiles::ImageFiles(ImageRecords records, const std::vector<std::filesystem::path>& files) {
    detail::check_images(op, records.name, records.classes.size(), records.shape);
    if (records.label >= records.labels)
        fail<ValueError>(op,
                         fmt::format("there is no label byte {} among {}", records.label, records.labels));
    if (files.empty()) fail<DataError>(op, "there are no files");
    auto storage = std::make_shared<Storage>(Storage{std::move(records), {}, {0}});
    const std::size_t bytes = storage->records.bytes();
    for (const auto& path : files) {
        const RandomAccessFile& file = storage->files.emplace_back(op, path);
        if (file.size() == 0 || file.size() % bytes != 0)
            fail<DataError>(op, fmt::format("{}: expected records of {} bytes, found a file of {}",
                                            path.string(), bytes, file.size()));
        storage->starts.push_back(storage->starts.back() + file.size() / bytes);
    }
    storage_ = std::move(storage);
}

LabelledImage ImageFiles::image(std::size_t row) const {
    const ImageRecords& records = storage_->records;
    if (row >= size()) fail<ValueError>(op, fmt::format("there is no image {}: there are {}", row, size()));
    thread_local std::vector<std::uint8_t> record;
    record.resize(records.bytes());
    detail::for_each_shard(storage_->starts, row, 1, [&](std::size_t file, std::size_t place, std::size_t) {
        storage_->files[file].read(place * record.size(), record);
        if (record[records.label] >= records.classes.size())
            fail<DataError>(op, fmt::format("{}: record {}: expected a label below {}, found {}",
                                            storage_->files[file].path().string(), place,
                                            records.classes.size(), record[records.label]));
    });
    return {record.data() + records.labels, record[records.label]};
}

void ImageFiles::will_read(std::size_t first, std::size_t count) const noexcept {
    const std::size_t bytes = storage_->records.bytes();
    detail::for_each_shard(storage_->starts, first, count,
                           [&](std::size_t file, std::size_t place, std::size_t images) {
                               storage_->files[file].will_read(place * bytes, images * bytes);
                           });
}

}  // namespace xgrad
