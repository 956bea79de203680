#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <xgrad/io/safetensors.hpp>

namespace xgrad {

/// Writes the state of a training to one file, atomically (see write_file()). The file is a safetensors file
/// whose metadata also holds a `format` and `crc32`, a checksum over the whole contents.
/// @throws ValueError, DataError  as write_safetensors().
void write_checkpoint(const std::filesystem::path& file, Safetensors state);

/// Reads a file that write_checkpoint() wrote.
/// @throws DataError  as read_safetensors(); or the file is not a checkpoint, has another format version, or
/// fails its checksum.
Safetensors read_checkpoint(const std::filesystem::path& file);

/// The state of a training after some step, and the file it was read from.
struct Checkpoint {
    std::filesystem::path file;  ///< Where it was read from.
    std::uint64_t step;          ///< As in the file's name.
    Safetensors state;           ///< For TrainingState::load().
};

/// The checkpoints of one training: files `checkpoint-STEP.safetensors` in a folder of their own. Only the
/// newest ones are kept.
class CheckpointFolder {
public:
    /// @throws ValueError  keep is 0.
    explicit CheckpointFolder(std::filesystem::path folder, std::size_t keep = 2);

    /// Writes the checkpoint of a step, creating the folder if needed, and removes older checkpoints except
    /// the newest `keep` - 1.
    /// @throws ValueError, DataError  as write_checkpoint(); existing checkpoints are left unchanged.
    void write(std::uint64_t step, Safetensors state) const;

    /// The newest undamaged checkpoint, or nothing if the folder has no checkpoints.
    /// @param on_damaged  called for each newer, damaged checkpoint, with a description of the damage.
    /// @throws DataError  there are checkpoints, but all are damaged.
    std::optional<Checkpoint> newest(const std::function<void(const std::string&)>& on_damaged =
                                         [](const std::string&) {}) const;

    /// The steps that have a checkpoint, in ascending order.
    std::vector<std::uint64_t> steps() const;
    /// The path of a step's checkpoint, whether or not it exists.
    std::filesystem::path file(std::uint64_t step) const;

    /// Removes the checkpoint of a step, if there is one. @throws DataError  it cannot be removed.
    void remove(std::uint64_t step) const;
    /// Removes all checkpoints, the newest one last. @throws DataError  one cannot be removed.
    void clear() const;

private:
    std::filesystem::path folder_;
    std::size_t keep_;
};

}  // namespace xgrad
