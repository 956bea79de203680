#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>
#include <xgrad/core/shape.hpp>
#include <xgrad/io/random_access_file.hpp>

namespace xgrad {
namespace detail {

/// The part of TensorFiles that does not depend on the fields' types.
class OpenTensorFiles {
public:
    /// @param dtypes  of the fields, as indices of the types of `AnyArray`.
    OpenTensorFiles(const std::vector<std::filesystem::path>& files, const std::vector<std::string>& names,
                    const std::vector<std::size_t>& dtypes);

    std::size_t size() const noexcept { return starts_.back(); }
    const Shape& sample_shape(std::size_t field) const { return fields_[field].sample; }
    /// Reads one sample's field.
    void read(std::size_t field, std::size_t row, std::uint8_t* to) const;
    void will_read(std::size_t first, std::size_t count) const noexcept;
    /// 64-bit integers as 32-bit ones.
    std::int32_t narrowed(std::size_t field, std::size_t row, std::int64_t value) const;

private:
    struct Field {
        std::string name;
        Shape sample;                        // the shape of one
        std::size_t bytes;                   // of one
        std::vector<std::uint64_t> offsets;  // of the array in each file
    };

    std::vector<RandomAccessFile> files_;
    std::vector<std::size_t> starts_{0};  // the first sample of each file, and the number of samples
    std::vector<Field> fields_;
};

}  // namespace detail

/// Any number of arrays with a common first axis that stay in safetensors files, the shards, and are read
/// when a batch needs them: a data set of any size. Copies share the open files.
///
///     const TensorFiles<Tensor<float>, Indices> train({"train-0.safetensors", "train-1.safetensors"}, {"x",
///     "label"}); Batches batches(train, 32, {.window = 10'000}); for (const auto& [x, label] :
///     batches.epoch(rng)) …
///
/// A field is a `Tensor<float>` (F32), a `Tensor<double>` (F64), or `Indices` (I64 in the file).
template <class... Fields>
class TensorFiles {
public:
    using Batch = std::tuple<Fields...>;  ///< The types of the fields: what batches are.

    /// @param names  of the fields' arrays, the same in every file.
    /// @throws DataError  there is no file; as read_safetensors(); or an array is missing, has another dtype
    /// or number of rows than it should, or samples of another shape than in the first file.
    TensorFiles(const std::vector<std::filesystem::path>& files,
                const std::array<std::string, sizeof...(Fields)>& names)
        : files_(std::make_shared<const detail::OpenTensorFiles>(
              files, std::vector<std::string>(names.begin(), names.end()),
              std::vector<std::size_t>{dtype<Fields>...})) {}

    /// The number of samples in all files.
    std::size_t size() const noexcept { return files_->size(); }
    /// The shape of a sample's I-th field.
    template <std::size_t I>
    Shape sample_shape() const {
        return files_->sample_shape(I);
    }
    /// Reads a sample's I-th field, a Tensor's, which stays valid until the same thread reads another one.
    /// @throws ValueError  there is no such row.  @throws DataError  the file cannot be read, or has become
    /// shorter.
    template <std::size_t I>
    const auto* sample(std::size_t row) const {
        using T = typename std::tuple_element_t<I, Batch>::value_type;
        thread_local std::vector<T> values;
        values.resize(size_of(files_->sample_shape(I)));
        files_->read(I, row, reinterpret_cast<std::uint8_t*>(values.data()));
        return values.data();
    }
    /// Reads the I-th field of these samples, as an array.
    /// @throws ValueError, DataError  as above; or an integer has more than 32 bits.
    template <std::size_t I>
    auto rows(std::span<const std::size_t> rows) const {
        using Element = Stored<std::tuple_element_t<I, Batch>>;
        const std::size_t each = size_of(files_->sample_shape(I));
        const Shape shape = batch_shape(rows.size(), files_->sample_shape(I));
        Array<Element> values(shape);
        for (std::size_t i = 0; i < rows.size(); ++i)
            files_->read(I, rows[i], reinterpret_cast<std::uint8_t*>(values.data() + i * each));
        if constexpr (std::is_same_v<Element, std::int64_t>) {
            Array<std::int32_t> narrow(shape);
            for (std::size_t i = 0; i < values.size(); ++i)
                narrow.data()[i] = files_->narrowed(I, rows[i / each], values.data()[i]);
            return narrow;
        } else {
            return values;
        }
    }
    /// Tells the system which samples are read soon: of those that there are.
    void will_read(std::size_t first, std::size_t count) const noexcept { files_->will_read(first, count); }

private:
    template <class Field>
    struct StoredAs {
        using type = std::int64_t;
    };
    template <class T>
    struct StoredAs<Tensor<T>> {
        using type = T;
    };
    template <class Field>
    using Stored = typename StoredAs<Field>::type;
    template <class Field>
    static constexpr std::size_t dtype = std::is_same_v<Stored<Field>, float>    ? 0
                                         : std::is_same_v<Stored<Field>, double> ? 1
                                                                                 : 2;

    std::shared_ptr<const detail::OpenTensorFiles> files_;
};

}  // namespace xgrad
