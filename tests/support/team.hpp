#pragma once

#include <barrier>
#include <cstddef>
#include <thread>
#include <vector>

#include <xgrad/train/processes.hpp>

namespace xgrad::test {

// Calls f(processes) on `count` threads, as if each were a process that shares its work with the others.
template <class F>
void as_processes(std::size_t count, const F& f) {
    std::string bytes;
    std::vector<std::vector<double>> numbers(count);
    std::barrier<> barrier(static_cast<std::ptrdiff_t>(count));
    std::vector<std::thread> threads;
    for (std::size_t rank = 0; rank < count; ++rank)
        threads.emplace_back([&, rank] {
            const auto broadcast = [&, rank](std::string& own) {
                if (rank == 0) bytes = own;
                barrier.arrive_and_wait();
                own = bytes;
                barrier.arrive_and_wait();
            };
            const auto gather = [&, rank](std::span<const double> own) {
                numbers[rank].assign(own.begin(), own.end());
                barrier.arrive_and_wait();
                std::vector<double> all;
                for (const auto& part : numbers) all.insert(all.end(), part.begin(), part.end());
                barrier.arrive_and_wait();
                return all;
            };
            f(Processes{rank, count, broadcast, gather});
        });
    for (std::thread& thread : threads) thread.join();
}

}  // namespace xgrad::test
