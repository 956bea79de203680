#include <xgrad/mpi/communicator.hpp>

#include <stdexcept>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/mpi/manager.hpp>

// Of several processes, see tests/scripts/test_processes.sh.
using namespace xgrad;

TEST_CASE("Communicator: a process that no launcher has started is alone") {
    const mpi::Communicator alone;
    CHECK(alone.rank() == 0);
    CHECK(alone.size() == 1);
    CHECK_FALSE(alone.host().empty());
    std::string text = "unchanged";
    alone.broadcast(text);
    CHECK(text == "unchanged");
    std::vector<double> numbers{1, 2};
    alone.sum(numbers);
    CHECK(numbers == std::vector<double>{1, 2});
    CHECK(alone.gather(numbers) == numbers);
    alone.wait();
    CHECK(alone.bytes_sent() == 0);
    CHECK_THROWS_WITH_AS(alone.run([] { throw std::runtime_error("as it is"); }), "as it is",
                         std::runtime_error);
}

TEST_CASE("Communicator: refuses to wait for nothing") {
    CHECK_THROWS_WITH_AS(mpi::Communicator(std::chrono::milliseconds(0)),
                         "Communicator: the patience must be positive, got 0 ms", ValueError);
}

TEST_CASE("Manager: of a process that is alone has nobody to ask") {
    CHECK_NOTHROW(mpi::Manager(mpi::Communicator::alone()));
}
