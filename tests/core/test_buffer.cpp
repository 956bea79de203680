#include <xgrad/core/buffer.hpp>

#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/array.hpp>

using namespace xgrad;

namespace {

using Floats = Buffer<float, RecyclingAllocator<float>>;

std::vector<float> values(const Floats& buffer) { return {buffer.begin(), buffer.end()}; }
const float* address(const Floats& buffer) { return buffer.data(); }

}  // namespace

TEST_CASE("Buffer: what it is made of is in it") {
    CHECK(Floats().empty());
    CHECK(Floats(3).size() == 3);
    CHECK(values(Floats(2, 1.5F)) == std::vector<float>{1.5F, 1.5F});
    CHECK(values(Floats{1, 2, 3}) == std::vector<float>{1, 2, 3});
    Floats buffer{1, 2, 3};
    CHECK(std::vector<float>(buffer.rbegin(), buffer.rend()) == std::vector<float>{3, 2, 1});
    buffer.resize(3);
    CHECK(values(buffer) == std::vector<float>{1, 2, 3});
    buffer.resize(0);
    CHECK(buffer.empty());
}

TEST_CASE("Buffer: a copy has its own elements, and reuses its memory for as many; moving takes them over") {
    const Floats first{1, 2, 3};
    Floats second{4, 5, 6};
    const float* own = address(second);
    second = first;
    CHECK(address(second) == own);
    CHECK(values(second) == std::vector<float>{1, 2, 3});
    const Floats third = std::move(second);
    CHECK(address(third) == own);
    CHECK(second.empty());  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("Buffer: shared elements are the same until one is written to") {
    Floats first{1, 2, 3};
    Floats second = first.share(), third = second.share();
    CHECK(address(second) == address(first));
    CHECK(address(third) == address(first));
    second[1] = 7;
    CHECK(values(second) == std::vector<float>{1, 7, 3});
    CHECK(values(first) == std::vector<float>{1, 2, 3});
    CHECK(address(third) == address(first));
    *third.data() = 8;
    CHECK(values(third) == std::vector<float>{8, 2, 3});
    const float* own = address(first);
    *first.begin() = 9;  // the last one keeps the memory
    CHECK(address(first) == own);
    CHECK(values(first) == std::vector<float>{9, 2, 3});
}

TEST_CASE("Buffer: assigning to a shared one leaves the others as they are") {
    Floats first{1, 2, 3};
    const Floats second = first.share();
    first = Floats{4, 5, 6};
    CHECK(values(second) == std::vector<float>{1, 2, 3});
    Floats third = second.share();
    const Floats other{7, 8, 9};
    third = other;
    CHECK(values(second) == std::vector<float>{1, 2, 3});
    CHECK(values(third) == std::vector<float>{7, 8, 9});
    CHECK(Floats().share().empty());
}

TEST_CASE("Buffer: threads may share one at the same time, and write to what they got") {
    for (int round = 0; round < 100; ++round) {
        const Floats constant(100, 1);
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i)
            threads.emplace_back([&constant] {
                Floats mine = constant.share();
                for (float& x : mine) x += 1;
                CHECK(mine[99] == 2);
            });
        for (std::thread& thread : threads) thread.join();
        CHECK(values(constant) == std::vector<float>(100, 1));
    }
}

TEST_CASE("Buffer: a part shares the memory of the whole, and outlives it") {
    auto whole = std::make_unique<Floats>(Floats{1, 2, 3, 4, 5});
    Floats middle = whole->share(1, 3), last = middle.share(2, 1);
    const float* const at = std::as_const(*whole).data();
    CHECK(std::as_const(middle).data() == at + 1);
    CHECK(std::as_const(last).data() == at + 3);
    CHECK(whole->share(2, 0).empty());
    (*whole)[1] = 20;
    CHECK(std::as_const(middle)[0] == 2);
    whole.reset();
    CHECK(std::as_const(last)[0] == 4);
    middle = Floats();
    last[0] = 40;  // the only owner of the block, and gets memory of its own size
    CHECK(last.size() == 1);
    CHECK(std::as_const(last)[0] == 40);
}

TEST_CASE("share: an array of another shape on the same memory") {
    Array<double> x{{1, 2, 3}, {4, 5, 6}};
    Array<double> y = share(x, {3, 2});
    CHECK(std::as_const(y).data() == std::as_const(x).data());
    CHECK(y == Array<double>{{1, 2}, {3, 4}, {5, 6}});
    y(0, 0) = 7;
    CHECK(x(0, 0) == 1);
    CHECK(share(Array<double>(Shape{0, 3}), {3, 0}).shape() == Shape{3, 0});
    const Array<double> row = share(std::as_const(x), {1, 3}, 3);
    CHECK(row.shape() == Shape{1, 3});
    CHECK(row.data() == std::as_const(x).data() + 3);
}
