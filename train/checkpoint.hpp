#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <xgrad/io/safetensors.hpp>

namespace xgrad {

/// Writes a training's state as one file, as a whole or not at all (see write_file()): a safetensors file,
/// whose metadata also has a `format` and a checksum over everything, `crc32`.
/// @throws ValueError, DataError  as write_safetensors().
void write_checkpoint(const std::filesystem::path& file, Safetensors state);

/// Reads such a file. @throws DataError  as read_safetensors(); or it is no checkpoint, of another version,
/// or not as it was written.
Safetensors read_checkpoint(const std::filesystem::path& file);

/// The state of a training after some step, and the file that it is from.
struct Checkpoint {
    std::filesystem::path file;  ///< That it was read from.
    std::uint64_t step;          ///< According to the file's name.
    Safetensors state;           ///< For TrainingState::load().
};

/// The checkpoints of one training: files `checkpoint-STEP.safetensors` in a folder of their own, the newest
/// of which are kept.
class CheckpointFolder {
public:
    /// @throws ValueError  keep is 0.
    explicit CheckpointFolder(std::filesystem::path folder, std::size_t keep = 2);

    /// Writes the checkpoint of a step (and creates the folder), then removes those before it but for the
    /// newest `keep` - 1.
    /// @throws ValueError, DataError  as write_checkpoint(); those that were there are as they were.
    void write(std::uint64_t step, Safetensors state) const;

    /// The newest checkpoint that is not damaged; nothing if there are none.
    /// @param on_damaged  is told of each newer one what is wrong with it.
    /// @throws DataError  there are some, but all are damaged.
    std::optional<Checkpoint> newest(const std::function<void(const std::string&)>& on_damaged =
                                         [](const std::string&) {}) const;

    /// The steps of which there are checkpoints, in rising order.
    std::vector<std::uint64_t> steps() const;
    /// The file of a step, there or not.
    std::filesystem::path file(std::uint64_t step) const;

    /// Removes all checkpoints, the newest one last.
    void clear() const;

private:
    std::filesystem::path folder_;
    std::size_t keep_;
};

}  // namespace xgrad
