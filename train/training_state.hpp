#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <xgrad/core/rng.hpp>
#include <xgrad/data/epoch_order.hpp>
#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad {

/// An object whose state is arrays with names of its own.
template <class S>
concept HasStateArrays = requires(const S& saved, S& loaded, NamedArrays arrays) {
    { saved.state_arrays() } -> std::same_as<NamedArrays>;
    loaded.load_state_arrays(std::move(arrays));
};

/// Everything that a training must save and restore, listed once: a checkpoint restores exactly what it
/// saves.
///
///     TrainingState state;
///     state.add("net", net).add("sgd", sgd).add("batches", batches).add("shuffle", rng).add("step", step);
///     checkpoints.write(step, state.save());
///     if (const auto newest = checkpoints.newest()) state.load(newest->state);
///
/// The parts are held by reference and must outlive the TrainingState. When all parts are restored, the
/// training continues bit by bit as if it had not been interrupted (with the same number of threads, build
/// and BLAS kernels). In a safetensors file the parts are `net.0.weight`, `sgd.0.weight.momentum_buffer`,
/// `batches.order`, `batches.position`, `shuffle`, `step`; text is stored as metadata.
class TrainingState {
public:
    /// Adds the parameters, buffers and generators of a net or a `WeightAverage`, and returns *this.
    /// @throws ValueError  the name is empty, taken, reserved (`format`, `crc32`), or contains a dot (the
    /// same for all overloads).
    template <class T>
    TrainingState& add(const std::string& name, Module<T>& module);
    /// Adds what lists its state itself, such as an optimizer, `ReduceOnPlateau`, or `EarlyStopping`.
    template <HasStateArrays S>
    TrainingState& add(const std::string& name, S& part) {
        return add_arrays(
            name, [&part] { return part.state_arrays(); },
            [&part](NamedArrays arrays) { part.load_state_arrays(std::move(arrays)); });
    }
    /// Adds the order of the samples in the current epoch, the position in it, and the seed of its random
    /// transforms.
    TrainingState& add(const std::string& name, EpochOrder& batches);
    /// Adds the state of a random number generator.
    TrainingState& add(const std::string& name, Rng& rng);
    /// Adds a counter, such as the number of steps.
    TrainingState& add(const std::string& name, std::uint64_t& counter);
    /// Adds text, such as a log.
    TrainingState& add(const std::string& name, std::string& text);

    /// The number of parts.
    std::size_t size() const { return parts_.size(); }
    /// The names of the parts, in the order in which they were added.
    std::vector<std::string> names() const;

    /// A copy of the state of all parts. @throws StateError  two arrays of a part have the same name.
    Safetensors save() const;

    /// Restores all parts, or none if there is an error.
    /// @throws StateError  an array or text is missing, unexpected, of another dtype or shape, or has an
    /// impossible value. The message names it.
    void load(const Safetensors& state);
    /// Restores only the parts with these names, or none if there is an error.
    /// @throws ValueError  there is no part with that name.  @throws StateError  as above.
    void load(const Safetensors& state, const std::vector<std::string>& parts);

private:
    struct Part {
        std::string name;
        // Names are relative to the part; the name of a part's only array or text is empty.
        std::function<Safetensors()> save;
        std::function<void(Safetensors saved)> load;  // may throw StateError after changing part of the state
    };

    TrainingState& add(Part part);
    TrainingState& add_arrays(const std::string& name, const std::function<NamedArrays()>& save,
                              const std::function<void(NamedArrays)>& load);
    void load_parts(const Safetensors& state);

    std::vector<Part> parts_;
};

}  // namespace xgrad
