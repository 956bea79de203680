#pragma once

#include <barrier>
#include <cstddef>
#include <span>
#include <thread>
#include <vector>

#include <xgrad/autograd/shard.hpp>

namespace xgrad::test {

struct ShardOptions {
    bool share_statistics = true;
};

// Calls f(i) for each shard i of `count`, each on a thread of its own. Sums are added from the first shard to
// the last.
template <class F>
void in_shards(std::size_t count, const F& f, const ShardOptions& options = {}) {
    struct Group {
        std::vector<std::span<double>> asked;
        std::vector<double> sums;
        void add() {
            sums.assign(asked.front().size(), 0);
            for (const auto& values : asked)
                for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += values[j];
        }
    } group{std::vector<std::span<double>>(count), {}};
    const auto add = [&group]() noexcept { group.add(); };
    std::barrier<decltype(add)> all_asked(static_cast<std::ptrdiff_t>(count), add);

    struct OneShard final : Shard {
        Group& group;
        std::barrier<decltype(add)>& all_asked;
        std::size_t index;
        bool shares;
        Rng rng{index + 1};

        OneShard(Group& g, std::barrier<decltype(add)>& b, std::size_t i, bool s)
            : group(g), all_asked(b), index(i), shares(s) {
            innermost = this;
        }
        void all_sum(const char*, std::span<double> values) override {
            group.asked[index] = values;
            all_asked.arrive_and_wait();
            std::copy(group.sums.begin(), group.sums.end(), values.begin());
        }
        Rng& generator() noexcept override { return rng; }
        bool shares_statistics() const noexcept override { return shares; }
        bool updates_buffers() const noexcept override { return index == 0; }
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            const OneShard shard(group, all_asked, i, options.share_statistics);
            f(i);
        });
    for (std::thread& thread : threads) thread.join();
}

}  // namespace xgrad::test
