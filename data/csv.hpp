#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/core/array.hpp>

// Tables of text (RFC 4180, https://www.rfc-editor.org/rfc/rfc4180): a record per line, fields between
// separators, and quotes around fields that contain separators, line breaks or (doubled) quotes.
namespace xgrad {

/// How read_csv() reads a file.
struct CsvOptions {
    char separator = ',';  ///< What is between fields; a tab for tab-separated values.
    bool header = true;  ///< Whether the first line names the columns. Without one they are "1", "2", ...
};

/// Class labels that were read from text.
struct ClassLabels {
    Indices labels;  ///< (rows), each below classes.size().
    std::vector<std::string> classes;  ///< The name of each class.
};

namespace detail {

// The contents of all fields, one after the other, without quotes and separators.
struct CsvCells {
    std::string text;
    std::vector<std::size_t> bounds{0};  // field i is text[bounds[i]] ... text[bounds[i + 1] - 1]
    std::vector<std::size_t> lines;  // where each record begins in the file, counted from 1
};

}  // namespace detail

/// The rows of a CSV file as text, of which columns become arrays. It takes as much memory as the file and
/// eight bytes per field.
///
///     const CsvTable train = read_csv("train.csv"), test = read_csv("test.csv");
///     const Array<float> x = train.features(train.columns_except({"species"}));
///     const auto [y, classes] = train.labels("species");
///     const Indices test_y = test.labels("species", classes);  // the same numbers
///
/// Errors in a field name file, line and column. A number is an optional sign and digits with or without a
/// decimal point and an exponent, whatever the locale; spaces around it do not count. Nothing stands for a
/// missing value: empty fields, "NA", "nan" and "inf" are errors.
class CsvTable {
public:
    /// The number of rows, without the header.
    std::size_t rows() const noexcept { return cells_.lines.size() - first_row_; }
    /// The names of the columns.
    const std::vector<std::string>& columns() const noexcept { return columns_; }
    /// The names of all columns but these. @throws ValueError  there is no column of that name.
    std::vector<std::string> columns_except(const std::vector<std::string>& names) const;

    /// These columns as an array (rows, columns), each number rounded once to `T`, which is `float` or
    /// `double`.
    /// @throws ValueError  `names` is empty, or there is no column of that name.
    /// @throws DataError  a field is not a number, or is too large for T.
    template <class T = float>
    Array<T> features(const std::vector<std::string>& names) const;

    /// A column as an array (rows), such as the targets of a regression.
    /// @throws ValueError  there is no column of that name.  @throws DataError  as features().
    template <class T = float>
    Array<T> column(std::string_view name) const;

    /// A column of integers of 32 bits, (rows). @throws ValueError  there is no column of that name.
    /// @throws DataError  a field is not such an integer.
    Indices integers(std::string_view name) const;

    /// A column of class names as labels. The classes are the distinct texts of the column, ordered by their
    /// bytes, so that "10" comes before "2"; see integers() for classes that are numbers.
    /// @throws ValueError  there is no column of that name.  @throws DataError  a field is empty.
    ClassLabels labels(std::string_view name) const;

    /// The same with classes in a given order, such as those of the training set; label i is classes[i].
    /// @throws ValueError  there is no column of that name, or a class is listed twice.
    /// @throws DataError  a field is none of the classes.
    Indices labels(std::string_view name, const std::vector<std::string>& classes) const;

    /// The text of a field, without quotes. @throws ValueError  row >= rows(), or there is no column of that
    /// name.
    std::string_view text(std::size_t row, std::string_view name) const;

private:
    friend CsvTable read_csv(const std::filesystem::path&, const CsvOptions&);
    CsvTable(std::filesystem::path file, std::size_t first_row, detail::CsvCells cells);

    std::size_t find(std::string_view op, std::string_view name) const;
    std::string_view field(std::size_t row, std::size_t column) const noexcept;
    [[noreturn]] void fail_at(std::string_view op, std::size_t row, std::size_t column,
                              std::string_view expected) const;
    template <class T>
    Array<T> numbers(std::string_view op, const std::vector<std::size_t>& columns, const Shape& shape) const;

    std::filesystem::path file_;  // for messages
    std::size_t first_row_;  // 1 below a header
    detail::CsvCells cells_;
    std::vector<std::string> columns_;
    std::map<std::string, std::size_t, std::less<>> places_;  // of the columns, by name
};

/// Reads a CSV file: UTF-8 with or without a byte order mark, lines that end with LF or CR LF, plain or
/// compressed with gzip. Spaces belong to fields. Empty lines at the end are ignored.
/// @throws ValueError  the separator is a quote, CR, LF, NUL or not ASCII.
/// @throws DataError  the file cannot be read; it is not UTF-8, or has a NUL; it has no rows; a line has
/// another number of fields than the first; a quoted field is not closed, or is followed by something else
/// than a separator; a quote is inside a field that does not begin with one; a CR is not followed by LF; or
/// two columns have the same name.
CsvTable read_csv(const std::filesystem::path& file, const CsvOptions& options = {});

}  // namespace xgrad
