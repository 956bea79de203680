#include <xgrad/core/parallel.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "support/threads.hpp"

#include <xgrad/core/background_loop.hpp>
#include <xgrad/core/error.hpp>
#include <xgrad/core/isa.hpp>

using namespace xgrad;
using namespace xgrad::test;

namespace {

std::vector<std::pair<std::size_t, std::size_t>> parts_of(std::size_t count, std::size_t grain) {
    std::mutex mutex;
    std::vector<std::pair<std::size_t, std::size_t>> parts;
    parallel_for(count, grain, [&](std::size_t begin, std::size_t end) {
        const std::scoped_lock lock(mutex);
        parts.emplace_back(begin, end);
    });
    std::sort(parts.begin(), parts.end());
    return parts;
}

using Parts = std::vector<std::pair<std::size_t, std::size_t>>;

}  // namespace

TEST_CASE("set_num_threads: changes the count, and refuses less than 1") {
    const Threads threads(2);
    CHECK(num_threads() == 2);
    CHECK_THROWS_WITH_AS(set_num_threads(0), "set_num_threads: expected at least 1 thread, got 0",
                         ValueError);
    CHECK(num_threads() == 2);
}

TEST_CASE("Unsplit: loops are not split while it is alive") {
    const Threads threads(3);
    {
        const Unsplit unsplit;
        CHECK(parts_of(7, 1) == Parts{{0, 7}});
        CHECK_FALSE(has_idle_threads());
    }
    CHECK(parts_of(7, 1).size() == 3);
}

TEST_CASE("parallel_for: the parts follow from the count, the grain and the number of threads") {
    const Threads threads(3);
    CHECK(parts_of(0, 1) == Parts{});
    CHECK(parts_of(1, 1) == Parts{{0, 1}});
    CHECK(parts_of(7, 1) == Parts{{0, 2}, {2, 4}, {4, 7}});
    CHECK(parts_of(7, 3) == Parts{{0, 3}, {3, 7}});
    CHECK(parts_of(7, 4) == Parts{{0, 7}});
    CHECK(parts_of(7, 0) == Parts{{0, 2}, {2, 4}, {4, 7}});
}

TEST_CASE("parallel_for: many short jobs, with changing numbers of threads") {
    const Threads threads(1);
    for (const int count : {1, 2, 4, 3}) {
        set_num_threads(count);
        for (int job = 0; job < 2000; ++job) {
            std::array<int, 8> done{};
            parallel_for(done.size(), 1, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) done[i] += job;
            });
            for (const int value : done) REQUIRE(value == job);
        }
    }
}

TEST_CASE("parallel_for: wakes workers that have gone to sleep") {
    const Threads threads(4);
    for (int i = 0; i < 5; ++i) {
        CHECK(parts_of(4, 1).size() == 4);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

TEST_CASE("parallel_for: inside another one, all at once") {
    const Threads threads(2);
    std::array<std::atomic<int>, 4> done{};
    parallel_for(2, 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t outer = begin; outer < end; ++outer)
            parallel_for(2, 1, [&](std::size_t first, std::size_t last) {
                if (last - first == 2)
                    for (std::size_t inner = first; inner < last; ++inner) ++done[2 * outer + inner];
            });
    });
    for (const auto& count : done) CHECK(count == 1);
}

TEST_CASE("parallel_for: hands on what a part throws, after all parts have ended, and goes on working") {
    const Threads threads(4);
    std::atomic<int> ended = 0;
    const auto fail_once = [&](std::size_t begin, std::size_t) {
        if (begin == 1) throw std::runtime_error("part 1");
        ++ended;
    };
    CHECK_THROWS_WITH_AS(parallel_for(4, 1, fail_once), "part 1", std::runtime_error);
    CHECK(ended == 3);
    CHECK(parts_of(4, 1).size() == 4);
}

TEST_CASE("parallel_for: from several threads at once") {
    const Threads threads(3);
    std::vector<std::thread> callers;
    std::array<std::size_t, 4> sums{};
    for (std::size_t& sum : sums)
        callers.emplace_back([&sum] {
            for (int job = 0; job < 500; ++job) {
                std::array<std::size_t, 6> values{};
                parallel_for(values.size(), 1, [&](std::size_t begin, std::size_t end) {
                    for (std::size_t i = begin; i < end; ++i) values[i] = i;
                });
                sum += std::accumulate(values.begin(), values.end(), std::size_t{0});
            }
        });
    for (std::thread& caller : callers) caller.join();
    for (const std::size_t sum : sums) CHECK(sum == 500 * 15);
}

TEST_CASE("has_idle_threads: with more than one thread, and not inside a parallel_for") {
    const Threads threads(1);
    CHECK_FALSE(has_idle_threads());
    set_num_threads(2);
    CHECK(has_idle_threads());
    std::array<std::atomic<bool>, 2> inside{true, true};
    parallel_for(2, 1, [&](std::size_t begin, std::size_t) { inside[begin] = has_idle_threads(); });
    CHECK_FALSE(inside[0]);
    CHECK_FALSE(inside[1]);
    CHECK(has_idle_threads());
}

TEST_CASE("blas_core: names the processor's kernels") { CHECK_FALSE(std::string(blas_core()).empty()); }

#if defined(__x86_64__)
TEST_CASE(
    "blas_core: no fallback to SSE3 kernels on a processor with AVX2 and FMA, known to OpenBLAS or not") {
    if (std::getenv("OPENBLAS_CORETYPE") || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return;
    CHECK(std::string(blas_core()) != "Prescott");
}
#endif

namespace {

// Workers are started by the first loop that they share.
void start_workers() {
    parallel_for(8, 1, [](std::size_t, std::size_t) {});
}

}  // namespace

TEST_CASE("BackgroundLoop: every part runs once, whoever runs it") {
    for (const int count : {1, 2, 4}) {
        const Threads threads(count);
        start_workers();
        std::array<std::atomic<int>, 50> done{};
        BackgroundLoop loop;
        for (int round = 1; round <= 200; ++round) {
            loop.start(done.size(), [&](std::size_t part) { ++done[part]; });
            if (round % 2 == 0) start_workers();
            loop.finish();
            for (const auto& runs : done) REQUIRE(runs == round);
            loop.finish();  // nothing is left
        }
    }
}

TEST_CASE("BackgroundLoop: once cancelled, or started anew, or gone, it runs nothing more") {
    const Threads threads(3);
    start_workers();
    for (int round = 0; round < 200; ++round) {
        std::array<std::atomic<int>, 50> first{}, second{};
        std::atomic<int> after = 0;
        {
            BackgroundLoop loop;
            loop.start(first.size(), [&](std::size_t part) { ++first[part]; });
            if (round % 2 == 0) loop.cancel();
            loop.start(second.size(), [&](std::size_t part) { ++second[part]; });
            after = 0;
            for (const auto& runs : first) after += runs;
        }
        int still = 0;
        for (const auto& runs : first) {
            CHECK(runs <= 1);
            still += runs;
        }
        CHECK(still == after);
        for (const auto& runs : second) CHECK(runs <= 1);
    }
}

TEST_CASE("BackgroundLoop: waiting threads run it without being asked") {
    const Threads threads(2);
    start_workers();
    std::atomic<int> done = 0;
    BackgroundLoop loop;
    loop.start(3, [&](std::size_t) { ++done; });
    while (done < 3) std::this_thread::yield();
    CHECK(done == 3);
}

TEST_CASE("BackgroundLoop: who helps runs its own loops alone, and leaves the workers to their owner") {
    const Threads threads(2);
    start_workers();
    std::atomic<bool> ran = false, was_alone = false;
    BackgroundLoop loop;
    loop.start(1, [&](std::size_t) {
        was_alone = !has_idle_threads();
        ran = true;
    });
    while (!ran) std::this_thread::yield();
    CHECK(was_alone);
}

TEST_CASE("BackgroundLoop: with one thread nobody is asked for help, and finish() runs the parts in order") {
    const Threads threads(1);
    std::vector<std::size_t> done;
    BackgroundLoop loop;
    loop.start(3, [&](std::size_t part) { done.push_back(part); });
    CHECK_FALSE(BackgroundLoop::help());
    CHECK(done.empty());
    loop.finish();
    CHECK(done == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("isa: what $XGRAD_ISA names, or one of the four") {
    const std::string name = to_string(isa());
    const char* wanted = std::getenv("XGRAD_ISA");
    CHECK((wanted ? name == wanted : name == "neon" || name == "sse2" || name == "avx2" || name == "avx512"));
    CHECK(isa() == isa());
}
