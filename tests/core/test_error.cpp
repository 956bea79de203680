#include <xgrad/core/error.hpp>

#include <thread>

#include <doctest/doctest.h>

using namespace xgrad;

namespace {

// A place whose path is its outer places' and its own name.
class Named : public ErrorScope {
public:
    explicit Named(std::string name) : name_(std::move(name)) {}
    std::string path() const override { return outer() ? outer()->path() + "." + name_ : name_; }

private:
    std::string name_;
};

}  // namespace

TEST_CASE("fail: op and message, and no place where there is none") {
    CHECK_THROWS_WITH_AS(fail<ShapeError>("add", "does not fit"), "add: does not fit", ShapeError);
    CHECK_THROWS_WITH_AS(fail<ValueError>("does not fit"), "does not fit", ValueError);
}

TEST_CASE("fail: names the path of the innermost ErrorScope") {
    const Named net("encoder");
    CHECK_THROWS_WITH_AS(fail<ShapeError>("add", "does not fit"), "encoder: add: does not fit", ShapeError);
    {
        const Named layer("3");
        const Named kind("BatchNorm1d");
        CHECK_THROWS_WITH_AS(fail<ShapeError>("add", "does not fit"),
                             "encoder.3.BatchNorm1d: add: does not fit", ShapeError);
        CHECK_THROWS_WITH_AS(fail<StateError>("does not fit"), "encoder.3.BatchNorm1d: does not fit",
                             StateError);
    }
    CHECK(located("here") == "encoder: here");
    CHECK(ErrorScope::current() == &net);
}

TEST_CASE("ErrorScope: an exception that leaves it leaves the path as it was") {
    try {
        const Named layer("0");
        fail<ShapeError>("add", "does not fit");
    } catch (const ShapeError& error) {
        CHECK(std::string(error.what()) == "0: add: does not fit");
    }
    CHECK(ErrorScope::current() == nullptr);
    CHECK(located("here") == "here");
}

TEST_CASE("ErrorScope: each thread has its own path") {
    const Named net("net");
    std::string other;
    std::thread([&] { other = located("here"); }).join();
    CHECK(other == "here");
}

TEST_CASE("Error: every kind can be caught as xgrad::Error and as std::runtime_error") {
    CHECK_THROWS_AS(fail<ShapeError>(""), Error);
    CHECK_THROWS_AS(fail<ValueError>(""), Error);
    CHECK_THROWS_AS(fail<GraphError>(""), Error);
    CHECK_THROWS_AS(fail<StateError>(""), Error);
    CHECK_THROWS_AS(fail<DataError>(""), Error);
    CHECK_THROWS_AS(fail<NumericsError>(""), std::runtime_error);
}
