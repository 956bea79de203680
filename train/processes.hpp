#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace xgrad {

/// The processes that share a training, as far as this floor has to know of them; `mpi::Communicator` has
/// them. By default there is one.
struct Processes {
    std::size_t rank = 0;  ///< The number of this process.
    std::size_t size = 1;  ///< How many there are.
    /// Gives all processes the bytes of the first one.
    std::function<void(std::string& bytes)> broadcast = [](std::string&) {};
    /// The numbers of all processes, those of the first one first.
    std::function<std::vector<double>(std::span<const double>)> gather = [](std::span<const double> numbers) {
        return std::vector<double>(numbers.begin(), numbers.end());
    };

    /// Whether this process is the one that reads and writes files.
    bool is_first() const noexcept { return rank == 0; }
};

}  // namespace xgrad
