#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <xgrad/core/rng.hpp>
#include <xgrad/data/batches.hpp>
#include <xgrad/io/safetensors.hpp>
#include <xgrad/optim/optimizer.hpp>

namespace xgrad {

/// All that a training has to remember, listed once: what a checkpoint holds is what it restores.
///
///     TrainingState state;
///     state.add("net", net).add("sgd", sgd).add("batches", batches).add("shuffle", rng).add("step", step);
///     checkpoints.write(step, state.save());
///     if (const auto newest = checkpoints.newest()) state.load(newest->state);
///
/// The parts are referred to, and must outlive it. With all of them restored, a training goes on bit by bit
/// as it would have (on as many threads, with the same build and BLAS kernels). In a safetensors file they
/// are `net.0.weight`, `sgd.0.weight.momentum_buffer`, `batches.order`, `batches.position`, `shuffle`,
/// `step`; text is metadata.
class TrainingState {
public:
    /// Adds the parameters and buffers of a net, and returns *this.
    /// @throws ValueError  a name that is empty, taken, reserved (`format`, `crc32`), or has a dot in it (as
    /// for those below).
    template <class T>
    TrainingState& add(const std::string& name, Module<T>& module);
    /// Adds what an optimizer has gathered.
    template <class T>
    TrainingState& add(const std::string& name, Optimizer<T>& optimizer);
    /// Adds the order of the images in this epoch, and the position in it.
    template <class T>
    TrainingState& add(const std::string& name, Batches<T>& batches);
    /// Adds where a generator stands.
    TrainingState& add(const std::string& name, Rng& rng);
    /// Adds a counter, such as the number of steps.
    TrainingState& add(const std::string& name, std::uint64_t& counter);
    /// Adds text, such as a log.
    TrainingState& add(const std::string& name, std::string& text);

    /// A copy of all parts. @throws StateError  two arrays of a part have one name.
    Safetensors save() const;

    /// Restores all parts, or (on an error) none.
    /// @throws StateError  an array or text is missing, unexpected, of another dtype or shape, or has an
    /// impossible value; names it.
    void load(const Safetensors& state);

private:
    struct Part {
        std::string name;
        std::function<Safetensors()>
            save;  // under names within the part; the only array or text of a part has none
        std::function<void(Safetensors saved)> load;  // may throw a StateError, half done
    };

    TrainingState& add(Part part);
    void load_parts(const Safetensors& state);

    std::vector<Part> parts_;
};

}  // namespace xgrad
