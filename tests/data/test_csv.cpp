#include <xgrad/data/csv.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include "support/gzip.hpp"
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::Bytes;
using test::TempDir;
using Names = std::vector<std::string>;

namespace {

// The texts of all fields, row by row.
std::vector<Names> contents(const CsvTable& table) {
    std::vector<Names> rows(table.rows());
    for (std::size_t row = 0; row < rows.size(); ++row)
        for (const std::string& name : table.columns()) rows[row].emplace_back(table.text(row, name));
    return rows;
}

std::vector<Names> parsed(std::string_view text, const CsvOptions& options = {.header = false}) {
    const TempDir dir;
    return contents(read_csv(dir.write("t.csv", text), options));
}

void check_refused(std::string_view text, const std::string& message, const CsvOptions& options = {}) {
    CAPTURE(text);
    const TempDir dir;
    const std::string file = dir.write("t.csv", text);
    CHECK_THROWS_WITH_AS(read_csv(file, options), ("read_csv: " + file + ": " + message).c_str(), DataError);
}

}  // namespace

TEST_CASE("read_csv: the first line names the columns, the others are rows") {
    const TempDir dir;
    const CsvTable table = read_csv(dir.write("t.csv", "a,b c,\n1,2,3\n4,5,6\n"));
    CHECK(table.columns() == Names{"a", "b c", ""});
    CHECK(table.rows() == 2);
    CHECK(contents(table) == std::vector<Names>{{"1", "2", "3"}, {"4", "5", "6"}});
    CHECK(table.text(1, "b c") == "5");
}

TEST_CASE("read_csv: without a header the columns have numbers") {
    const TempDir dir;
    const CsvTable table = read_csv(dir.write("t.csv", "x,y\n1,2"), {.header = false});
    CHECK(table.columns() == Names{"1", "2"});
    CHECK(contents(table) == std::vector<Names>{{"x", "y"}, {"1", "2"}});
}

TEST_CASE("read_csv: LF or CR LF, with or without an end of the last line, and empty lines at the end") {
    const std::vector<Names> expected{{"1", "2"}, {"3", "4"}};
    for (const char* text : {"1,2\n3,4", "1,2\n3,4\n", "1,2\r\n3,4\r\n", "1,2\r\n3,4", "1,2\n3,4\n\n\r\n",
                             "\xEF\xBB\xBF"
                             "1,2\n3,4\n",
                             "\"1\",\"2\"\n\"3\",\"4\"", "\xEF\xBB\xBF\"1\",2\n3,4"}) {
        CAPTURE(text);
        CHECK(parsed(text) == expected);
    }
}

TEST_CASE("read_csv: quoted fields have separators, quotes and line breaks") {
    CHECK(parsed("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\n\"\n\"\",\"\"\"\",x y\n") ==
          std::vector<Names>{{"a,b", "say \"hi\"", "two\r\nlines\n"}, {"", "\"", "x y"}});
    CHECK(parsed("\"\"\"\"\"\"") == std::vector<Names>{{"\"\""}});
}

TEST_CASE("read_csv: empty fields and spaces are kept") {
    CHECK(parsed(",\n ,a \n") == std::vector<Names>{{"", ""}, {" ", "a "}});
}

TEST_CASE("read_csv: another separator") {
    CHECK(parsed("a\tb,c\n\"d\te\"\tf", {.separator = '\t', .header = false}) ==
          std::vector<Names>{{"a", "b,c"}, {"d\te", "f"}});
    CHECK(parsed("a;1,5\n", {.separator = ';', .header = false}) == std::vector<Names>{{"a", "1,5"}});
}

TEST_CASE("read_csv: a compressed file, whatever its name, whose text is far longer than the file") {
    const TempDir dir;
    std::string text = "a,b\n";
    for (int i = 0; i < 20'000; ++i) text += "1,2\n";
    const CsvTable table = read_csv(dir.write("t.csv", test::gzip(Bytes(text.begin(), text.end()))));
    CHECK(table.rows() == 20'000);
    CHECK(table.text(19'999, "b") == "2");
}

TEST_CASE("read_csv: a file that is missing or no file") {
    const TempDir dir;
    const std::string missing = dir.file("missing.csv");
    CHECK_THROWS_WITH_AS(
        read_csv(missing),
        ("read_csv: " + missing + ": expected a readable file: No such file or directory").c_str(),
        DataError);
    CHECK_THROWS_WITH_AS(
        read_csv(dir.path()),
        ("read_csv: " + dir.path().string() + ": expected a readable file: Is a directory").c_str(),
        DataError);
}

TEST_CASE("read_csv: rejects a file without rows") {
    for (const char* text : {"", "\n", "\r\n\n", "\xEF\xBB\xBF"}) {
        check_refused(text, "line 1: expected a header and at least one row, found the end of the file");
        check_refused(text, "line 1: expected at least one row, found the end of the file",
                      {.header = false});
    }
    check_refused("a,b\n", "line 2: expected at least one row, found the end of the file");
}

TEST_CASE("read_csv: rejects lines of another number of fields, and names the line where they begin") {
    check_refused("a,b\n1,2\n3\n", "line 3: expected 2 fields, as in line 1, found 1");
    check_refused("a,b\n1,2\n3,4,5\n", "line 3: expected 2 fields, as in line 1, found 3");
    check_refused("a,b\n1,2,\n", "line 2: expected 2 fields, as in line 1, found 3");
    check_refused("a,b\n1,2\n\n3,4\n", "line 3: expected 2 fields, as in line 1, found 1");
    check_refused("a,b\n1,\"x\n\ny\"\n\"3\n\"\n", "line 5: expected 2 fields, as in line 1, found 1");
}

TEST_CASE("read_csv: rejects quotes that do not fit") {
    check_refused("a,b\n1,\"2\n3,4\n",
                  "line 2, column 2: expected a closing quote, found the end of the file");
    check_refused("a,b\n1,\"2\"\"\n3,4\n",
                  "line 2, column 2: expected a closing quote, found the end of the file");
    check_refused("a,b\n1,\"", "line 2, column 2: expected a closing quote, found the end of the file");
    check_refused(
        "a,b\n\"1\n\"x,2\n",
        "line 3, column 1: expected a separator or the end of the line after a closing quote, found \"x\"");
    check_refused(
        "a,b\n\"1\" ,2\n",
        "line 2, column 1: expected a separator or the end of the line after a closing quote, found \" \"");
    check_refused(
        "a,b\n5\" pipe,2\n",
        "line 2, column 1: expected quotes around the whole field, and doubled inside, found a quote inside the field");
    check_refused(
        "a,b\n1, \"2\"\n",
        "line 2, column 2: expected quotes around the whole field, and doubled inside, found a quote inside the field");
}

TEST_CASE("read_csv: rejects a CR that ends no line") {
    check_refused("a,b\n1\r,2\n", "line 2, column 1: expected LF after CR, found \",\"");
    check_refused("a,b\r1,2\r", "line 1, column 2: expected LF after CR, found \"1\"");
    check_refused("a\r\r\n1\r\n", "line 1, column 1: expected LF after CR, found \"\\r\"");
}

TEST_CASE("read_csv: rejects text that is not UTF-8, and NUL") {
    check_refused("a,b\n1,2\nM\xFCller,3\n", "line 3: expected text in UTF-8, found the byte 0xfc");
    check_refused(std::string_view("a,b\n1,\0\n", 8), "line 2: expected text in UTF-8, found the byte 0x00");
    CHECK(parsed("M\xC3\xBCller,\xE2\x82\xAC") == std::vector<Names>{{"M\xC3\xBCller", "\xE2\x82\xAC"}});
}

TEST_CASE("read_csv: rejects two columns of one name") {
    check_refused("a,b,a\n1,2,3\n",
                  "line 1, column 3: expected a name of its own, found \"a\", the name of column 1");
    check_refused("a,,\n1,2,3\n",
                  "line 1, column 3: expected a name of its own, found \"\", the name of column 2");
}

TEST_CASE("read_csv: rejects separators that cannot separate") {
    const TempDir dir;
    const std::string file = dir.write("t.csv", "a\n1\n");
    const auto check = [&](char separator, const std::string& shown) {
        CHECK_THROWS_WITH_AS(
            read_csv(file, {.separator = separator}),
            ("read_csv: the separator must be ASCII and not a quote, CR, LF or NUL, got " + shown).c_str(),
            ValueError);
    };
    check('"', "\"\\\"\"");
    check('\n', "\"\\n\"");
    check('\r', "\"\\r\"");
    check('\0', "\"\\x00\"");
    check('\xE9', "\"\\xe9\"");
}
