#include <xgrad/data/csv.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/io/byte_reader.hpp>
#include <xgrad/io/text.hpp>

namespace fs = std::filesystem;

namespace xgrad {
namespace {

constexpr std::string_view op = "read_csv";

std::string read_text(const fs::path& file) {
    ByteReader reader(op, file, Gzip::detect);
    std::error_code gone;  // the size is only a first guess
    const std::uintmax_t stored = fs::file_size(file, gone);
    std::string text(gone ? 1 : stored + 1, '\0');
    for (std::size_t size = 0;; text.resize(2 * text.size())) {
        size +=
            reader.read(std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size()).subspan(size));
        if (size == text.size()) continue;
        text.resize(size);
        return text;
    }
}

[[noreturn]] void fail_in_line(const fs::path& file, std::size_t line, std::string_view expected,
                               std::string_view found) {
    fail_in_file(op, file, fmt::format("line {}", line), expected, found);
}

void check_encoding(const fs::path& file, const std::string& text) {
    const std::size_t wrong = std::min(utf8_prefix(text), text.find('\0'));
    if (wrong >= text.size()) return;
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(wrong), '\n') + 1;
    fail_in_line(file, static_cast<std::size_t>(line), "text in UTF-8",
                 fmt::format("the byte {:#04x}", static_cast<unsigned char>(text[wrong])));
}

// Goes over the text once, and moves the contents of each field to the end of the one before, in the same
// memory.
class Parser {
public:
    Parser(const fs::path& file, char separator, std::string text) : file_(file), separator_(separator) {
        cells_.text = std::move(text);
        for (const char c : {separator, '"', '\r', '\n'}) ends_field_[static_cast<unsigned char>(c)] = true;
    }

    detail::CsvCells parse() && {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        std::string& text = cells_.text;
        in_ = out_ = text.data();
        end_ = in_ + (text.find_last_not_of("\r\n") + 1);
        if (text.starts_with(byte_order_mark)) in_ += byte_order_mark.size();
        std::size_t columns = 0;
        while (in_ < end_) {
            cells_.lines.push_back(line_);
            fields_ = 0;
            do {
                ++fields_;
                read_field();
                cells_.bounds.push_back(static_cast<std::size_t>(out_ - text.data()));
            } while (take(separator_));
            if (take('\r') && *in_ != '\n') fail("LF after CR", shown({in_, 1}));
            if (columns == 0) columns = fields_;
            if (fields_ != columns)
                fail_in_line(file_, cells_.lines.back(), fmt::format("{} fields, as in line 1", columns),
                             fmt::to_string(fields_));
            if (take('\n')) ++line_;
        }
        text.resize(static_cast<std::size_t>(out_ - text.data()));
        return std::move(cells_);
    }

private:
    [[noreturn]] void fail(std::string_view expected, std::string_view found) const {
        fail_in_file(op, file_, fmt::format("line {}, column {}", line_, fields_), expected, found);
    }

    bool take(char c) {
        const bool is_there = in_ < end_ && *in_ == c;
        in_ += is_there;
        return is_there;
    }

    bool field_goes_on() const { return in_ < end_ && !ends_field_[static_cast<unsigned char>(*in_)]; }

    void keep(const char* begin, const char* end) {
        std::memmove(out_, begin, static_cast<std::size_t>(end - begin));
        out_ += end - begin;
    }

    void read_field() {
        if (take('"')) return read_quoted();
        const char* const begin = in_;
        while (field_goes_on()) ++in_;
        keep(begin, in_);
        if (in_ < end_ && *in_ == '"')
            fail("quotes around the whole field, and doubled inside", "a quote inside the field");
    }

    void read_quoted() {
        const std::size_t first_line = line_;
        do {
            char* const quote = std::find(in_, end_, '"');
            if (quote == end_) {
                line_ = first_line;
                fail("a closing quote", "the end of the file");
            }
            line_ += static_cast<std::size_t>(std::count(in_, quote, '\n'));
            keep(in_, quote);
            in_ = quote + 1;
        } while (take('"') && (*out_++ = '"'));
        if (field_goes_on())
            fail("a separator or the end of the line after a closing quote", shown({in_, 1}));
    }

    const fs::path& file_;
    char separator_;
    std::array<bool, 256> ends_field_{};
    char *in_ = nullptr, *end_ = nullptr, *out_ = nullptr;
    std::size_t line_ = 1, fields_ = 0;
    detail::CsvCells cells_;
};

}  // namespace

CsvTable::CsvTable(fs::path file, std::size_t first_row, detail::CsvCells cells)
    : file_(std::move(file)),
      first_row_(first_row),
      cells_(std::move(cells)),
      columns_((cells_.bounds.size() - 1) / cells_.lines.size()) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::size_t begin = cells_.bounds[i], end = cells_.bounds[i + 1];
        columns_[i] = first_row == 0 ? fmt::to_string(i + 1) : cells_.text.substr(begin, end - begin);
        if (const auto [same, is_new] = places_.emplace(columns_[i], i); !is_new)
            fail_in_file(op, file_, fmt::format("line 1, column {}", i + 1), "a name of its own",
                         fmt::format("{}, the name of column {}", shown(columns_[i]), same->second + 1));
    }
}

CsvTable read_csv(const fs::path& file, const CsvOptions& options) {
    const char separator = options.separator;
    if (std::string_view("\"\r\n\0", 4).find(separator) != std::string_view::npos ||
        static_cast<unsigned char>(separator) >= 0x80)
        fail<ValueError>(op, fmt::format("the separator must be ASCII and not a quote, CR, LF or NUL, got {}",
                                         shown({&separator, 1})));
    std::string text = read_text(file);
    check_encoding(file, text);
    detail::CsvCells cells = Parser(file, separator, std::move(text)).parse();

    const std::size_t first_row = options.header ? 1 : 0;
    if (cells.lines.size() <= first_row)
        fail_in_line(file, cells.lines.size() + 1,
                     cells.lines.size() < first_row ? "a header and at least one row" : "at least one row",
                     "the end of the file");
    return CsvTable(file, first_row, std::move(cells));
}

}  // namespace xgrad
