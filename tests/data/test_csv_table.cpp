#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/rng.hpp>
#include <xgrad/data/csv.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::TempDir;
using Names = std::vector<std::string>;

namespace {

struct Written {
    TempDir dir;
    std::string file;
    CsvTable table;
    explicit Written(std::string_view text) : file(dir.write("t.csv", text)), table(read_csv(file)) {}
};

// A table with this text as its only field, "x" in line 2.
Written one_field(const std::string& text) { return Written("x\n" + text + "\n"); }

}  // namespace

TEST_CASE("CsvTable: columns become arrays, in the order asked for") {
    const CsvTable table = Written("a,b,y\n1,2,3\n4,5.5,-6e1\n").table;
    CHECK(table.features({"a", "b"}) == Array<float>{{1, 2}, {4, 5.5}});
    CHECK(table.features<double>({"y", "a", "y"}) == Array<double>{{3, 1, 3}, {-60, 4, -60}});
    CHECK(table.features(table.columns_except({"y"})) == Array<float>{{1, 2}, {4, 5.5}});
    CHECK(table.column("y") == Array<float>{3, -60});
    CHECK(table.column<double>("b") == Array<double>{2, 5.5});
    CHECK(table.columns_except({}) == Names{"a", "b", "y"});
    CHECK(table.columns_except({"y", "a"}) == Names{"b"});
}

TEST_CASE("CsvTable: numbers are rounded once, to the nearest") {
    Rng rng(1);
    std::string text = "x\n";
    std::vector<double> expected;
    for (int i = 0; i < 1000; ++i) {
        expected.push_back(std::ldexp(rng.normal(), static_cast<int>(rng.below(600)) - 300));
        text += fmt::format("{}\n", expected.back());
    }
    const Array<double> read = Written(text).table.column<double>("x");
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(read.data()[i] == expected[i]);
    // Just above the middle of 1 and the next float: a double between would round it to the middle, then
    // down.
    CHECK(one_field("1.00000005960464477540").table.column("x").data()[0] == std::nextafter(1.0F, 2.0F));
}

TEST_CASE("CsvTable: forms of numbers") {
    const auto number = [](const std::string& text) { return one_field(text).table.column("x").data()[0]; };
    CHECK(number("+1.5") == 1.5F);
    CHECK(number(" \t-2 ") == -2);
    CHECK(number("\"3\"") == 3);
    CHECK(number(".5") == 0.5F);
    CHECK(number("5.") == 5);
    CHECK(number("1E+2") == 100);
    CHECK(number("007") == 7);
    CHECK(number("1e-60") == 0);
    CHECK(std::signbit(number("-1e-400")));
    CHECK(one_field("1e-400").table.column<double>("x").data()[0] == 0);
    CHECK(one_field("4e-324").table.column<double>("x").data()[0] == 4e-324);
}

TEST_CASE("CsvTable: rejects what is not a number, and names line and column") {
    const auto check = [](const std::string& text, const std::string& expected, const std::string& found) {
        CAPTURE(text);
        const Written t("a,\"petal, mm\"\n0,\"1\"\n0,\"" + text + "\"\n");
        const std::string message = fmt::format("{}: line 3, column 2 (\"petal, mm\"): expected {}, found {}",
                                                t.file, expected, found);
        CHECK_THROWS_WITH_AS(t.table.features({"a", "petal, mm"}), ("CsvTable::features: " + message).c_str(),
                             DataError);
        CHECK_THROWS_WITH_AS(t.table.column("petal, mm"), ("CsvTable::column: " + message).c_str(),
                             DataError);
    };
    check("", "a number", "an empty field");
    for (const std::string text : {"abc", "NA", "1,5", "1 2", "0x10", "1e", "--1", "+-1", "+", " ", "1_000",
                                   "\xE2\x88\x92"
                                   "1"})
        check(text, "a number", "\"" + text + "\"");
    for (const std::string text : {"nan", "NaN", "inf", "-Infinity"})
        check(text, "a finite number", "\"" + text + "\"");
    for (const std::string text : {"1e39", "-3.5e38", "1e400", "1e5000", "1e-5000"})
        check(text, "a number in the range of float", "\"" + text + "\"");
    check(std::string(200, 'x'), "a number", "\"" + std::string(100, 'x') + "\"...");

    const Written large = one_field("1e309");
    CHECK_THROWS_WITH_AS(
        large.table.column<double>("x"),
        ("CsvTable::column: " + large.file +
         ": line 2, column 1 (\"x\"): expected a number in the range of double, found \"1e309\"")
            .c_str(),
        DataError);
}

TEST_CASE("CsvTable: the line in an error counts those inside of quotes") {
    const Written t("x,y\n\"a\nb\nc\",1\r\nd,e\n");
    CHECK_THROWS_WITH_AS(
        t.table.column("y"),
        ("CsvTable::column: " + t.file + ": line 5, column 2 (\"y\"): expected a number, found \"e\"")
            .c_str(),
        DataError);
}

TEST_CASE("CsvTable: integers") {
    CHECK(Written("x\n7\n-2147483648\n +2147483647\n").table.integers("x") ==
          Indices{7, -2147483647 - 1, 2147483647});
    for (const std::string text : {"1.5", "2147483648", "1e3", "x", "99999999999999999999"}) {
        const Written t = one_field(text);
        CHECK_THROWS_WITH_AS(
            t.table.integers("x"),
            fmt::format(
                "CsvTable::integers: {}: line 2, column 1 (\"x\"): expected an integer of 32 bits, found \"{}\"",
                t.file, text)
                .c_str(),
            DataError);
    }
}

TEST_CASE("CsvTable: labels number the classes in the order of their bytes, or as given") {
    const CsvTable table = Written("c\nb\na\nB\n10\nb\n2\n").table;
    const auto [labels, classes] = table.labels("c");
    CHECK(classes == Names{"10", "2", "B", "a", "b"});
    CHECK(labels == Indices{4, 3, 2, 0, 4, 1});
    CHECK(table.labels("c", {"b", "a", "B", "unseen", "2", "10"}) == Indices{0, 1, 2, 5, 0, 4});
}

TEST_CASE("CsvTable: rejects labels that are missing or unknown, and classes that are listed twice") {
    const Written t("c,d\na,x\nb,\n");
    CHECK_THROWS_WITH_AS(t.table.labels("d"),
                         ("CsvTable::labels: " + t.file +
                          ": line 3, column 2 (\"d\"): expected the name of a class, found an empty field")
                             .c_str(),
                         DataError);
    CHECK_THROWS_WITH_AS(t.table.labels("c", {"a", "c"}),
                         ("CsvTable::labels: " + t.file +
                          ": line 3, column 1 (\"c\"): expected one of the classes \"a\", \"c\", found \"b\"")
                             .c_str(),
                         DataError);
    CHECK_THROWS_WITH_AS(t.table.labels("c", {"a", "b", "a"}),
                         "CsvTable::labels: the class \"a\" is listed twice", ValueError);
}

TEST_CASE("CsvTable: rejects a column that is not there, and lists those that are") {
    const Written t("a,b\n1,2\n");
    const auto message = [&](const std::string& function) {
        return "CsvTable::" + function + ": " + t.file + ": there is no column \"c\"; there are \"a\", \"b\"";
    };
    CHECK_THROWS_WITH_AS(t.table.features({"a", "c"}), message("features").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(t.table.column("c"), message("column").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(t.table.integers("c"), message("integers").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(t.table.labels("c"), message("labels").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(t.table.labels("c", {"x"}), message("labels").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(t.table.columns_except({"c"}), message("columns_except").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(t.table.text(0, "c"), message("text").c_str(), ValueError);

    std::string header = "0";
    for (int i = 1; i < 25; ++i) header += fmt::format(",{}", i);
    const Written wide(header + "\n" + header + "\n");
    CHECK_THROWS_WITH_AS(
        wide.table.column("c"),
        ("CsvTable::column: " + wide.file +
         ": there is no column \"c\"; there are \"0\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\", \"9\", \"10\", \"11\", \"12\", \"13\", \"14\", \"15\", \"16\", \"17\", \"18\", \"19\" and 5 more")
            .c_str(),
        ValueError);
}

TEST_CASE("CsvTable: rejects no columns, and a row that is not there") {
    const Written t("a,b\n1,2\n");
    CHECK_THROWS_WITH_AS(t.table.features({}), "CsvTable::features: expected the name of at least one column",
                         ValueError);
    CHECK_THROWS_WITH_AS(t.table.text(1, "a"),
                         ("CsvTable::text: " + t.file + ": row 1 is outside its 1 rows").c_str(), ValueError);
}

TEST_CASE("examples/data/iris.csv: 50 flowers of each species, whose means are Fisher's") {
    const CsvTable iris = read_csv(XGRAD_SOURCE_DIR "/examples/data/iris.csv");
    CHECK(iris.columns() == Names{"sepal_length", "sepal_width", "petal_length", "petal_width", "species"});
    const auto [labels, classes] = iris.labels("species");
    CHECK(classes == Names{"setosa", "versicolor", "virginica"});
    const Array<double> x = iris.features<double>(iris.columns_except({"species"}));
    REQUIRE(x.shape() == Shape{150, 4});
    const Array<double> means{
        {5.006, 3.428, 1.462, 0.246}, {5.936, 2.770, 4.260, 1.326}, {6.588, 2.974, 5.552, 2.026}};
    for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t j = 0; j < 4; ++j) {
            double sum = 0, count = 0;
            for (std::size_t i = 0; i < 150; ++i)
                if (labels[i] == static_cast<std::int32_t>(c)) {
                    sum += x(i, j);
                    ++count;
                }
            CHECK(count == 50);
            CHECK(sum / count == doctest::Approx(means(c, j)).epsilon(1e-12));
        }
}
