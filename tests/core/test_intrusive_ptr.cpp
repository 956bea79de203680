#include <xgrad/core/intrusive_ptr.hpp>

#include <stdexcept>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace xgrad;

namespace {

struct Object : Counted {
    int& destroyed;
    std::vector<int> values;
    explicit Object(int& d, int value = 0) : destroyed(d), values(100, value) {}
    ~Object() { ++destroyed; }
};
using Pointer = IntrusivePtr<Object>;

struct Failing : Counted {
    explicit Failing(int) { throw std::runtime_error("no object today"); }
};

}  // namespace

TEST_CASE("IntrusivePtr: the last owner destroys the object, once") {
    int destroyed = 0;
    {
        Pointer a = Pointer::make(destroyed, 5);
        CHECK(a.is_only_owner());
        {
            const Pointer b = a;
            CHECK(a == b);
            CHECK_FALSE(a.is_only_owner());
            CHECK(b->values[99] == 5);
        }
        CHECK(a.is_only_owner());
        CHECK(destroyed == 0);
    }
    CHECK(destroyed == 1);
}

TEST_CASE("IntrusivePtr: moving hands the object over") {
    int destroyed = 0;
    Pointer a = Pointer::make(destroyed);
    Pointer b = std::move(a);
    CHECK_FALSE(static_cast<bool>(a));  // NOLINT(bugprone-use-after-move)
    CHECK(b.is_only_owner());
    a = std::move(b);
    CHECK(a.is_only_owner());
    CHECK(destroyed == 0);
}

TEST_CASE("IntrusivePtr: assignment releases what was there; to itself it changes nothing") {
    int first = 0, second = 0;
    Pointer a = Pointer::make(first), b = Pointer::make(second);
    const Pointer& same = a;
    a = same;
    CHECK(first == 0);
    a = b;
    CHECK(first == 1);
    b = Pointer();
    CHECK(second == 0);
    a = Pointer();
    CHECK(second == 1);
    CHECK_FALSE(static_cast<bool>(a));
}

TEST_CASE("IntrusivePtr: a constructor that throws leaves nothing behind") {
    CHECK_THROWS_WITH_AS(IntrusivePtr<Failing>::make(1), "no object today", std::runtime_error);
}

TEST_CASE("IntrusivePtr: threads that share an object destroy it once, after the last has read it") {
    int destroyed = 0;
    for (int round = 0; round < 50; ++round) {
        std::vector<std::thread> threads;
        {
            const Pointer shared = Pointer::make(destroyed, round);
            for (int i = 0; i < 4; ++i)
                threads.emplace_back([own = shared, round]() mutable {
                    for (int j = 0; j < 100; ++j) {
                        const Pointer copy = own;
                        if (copy->values[50] != round) throw std::logic_error("changed");
                    }
                    own = Pointer();
                });
        }
        for (std::thread& thread : threads) thread.join();
        CHECK(destroyed == round + 1);
    }
}
