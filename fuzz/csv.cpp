// read_csv, and every column as numbers, integers and labels.
#include <xgrad/data/csv.hpp>

#include "fuzz.hpp"

using namespace xgrad;
using fuzz::require;

namespace {

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

// The table as a file of quoted fields.
std::string write(const CsvTable& table) {
    std::string out;
    const auto end = [&](std::size_t column) { out += column + 1 < table.columns().size() ? ',' : '\n'; };
    for (std::size_t i = 0; i < table.columns().size(); end(i++)) out += in_quotes(table.columns()[i]);
    for (std::size_t row = 0; row < table.rows(); ++row)
        for (std::size_t i = 0; i < table.columns().size(); end(i++))
            out += in_quotes(table.text(row, table.columns()[i]));
    return fuzz::folder().write("again", out);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string file = fuzz::folder().write("file", test::Bytes(bytes, bytes + size));
    for (const CsvOptions& options : {CsvOptions{}, {.separator = ';', .header = false}}) {
        const auto table = fuzz::accepted<DataError>(file, [&] { return read_csv(file, options); });
        if (!table) continue;
        const CsvTable again = read_csv(write(*table));
        require(again.columns() == table->columns() && again.rows() == table->rows(),
                "another shape when quoted");
        for (const std::string& name : table->columns()) {
            for (std::size_t row = 0; row < table->rows(); ++row)
                require(again.text(row, name) == table->text(row, name), "another text when quoted");
            if (const auto numbers =
                    fuzz::accepted<DataError>(file, [&] { return table->column<double>(name); }))
                require(again.column<double>(name) == *numbers, "another number when quoted");
            fuzz::accepted<DataError>(file, [&] { return table->integers(name); });
            const auto labels = fuzz::accepted<DataError>(file, [&] { return table->labels(name); });
            for (std::size_t row = 0; labels && row < table->rows(); ++row)
                require(labels->classes.at(static_cast<std::size_t>(labels->labels[row])) ==
                            table->text(row, name),
                        "a label of another class");
        }
    }
    return 0;
}
