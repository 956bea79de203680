#include <xgrad/io/safetensors_header.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <xgrad/io/text.hpp>

namespace xgrad::detail {
namespace {

// Interprets the JSON during parsing, without building a tree: deep or large JSON then does no harm, and
// duplicate keys, of which a tree would keep only one, are detected.
class HeaderParser final : public nlohmann::json_sax<nlohmann::json> {
public:
    HeaderParser(const ByteReader& file, std::string_view text) : file_(file), text_(text) {}

    SafetensorsHeader parse() {
        nlohmann::json_sax<nlohmann::json>* events = this;
        nlohmann::json::sax_parse(text_, events);
        return std::move(header_);
    }

private:
    enum class Inside { nothing, header, metadata, array, numbers };

    struct Fields {
        std::optional<std::size_t> dtype;
        std::optional<Shape> shape;
        std::optional<std::pair<std::uint64_t, std::uint64_t>> offsets;
    };

    std::string where() const {
        if (inside_ == Inside::header) return shown(name_);
        return fmt::format("{}: {}", shown(name_), inside_ == Inside::metadata ? shown(key_) : key_);
    }

    std::string_view expected() const {
        if (inside_ == Inside::header) return "an object";
        if (inside_ == Inside::metadata) return "a string";
        if (inside_ == Inside::numbers) return "a whole number from 0 to 2^64 - 1";
        return key_ == "dtype"   ? R"("F32", "F64" or "I64")"
               : key_ == "shape" ? "an array of extents"
                                 : "an array [begin, end]";
    }

    [[noreturn]] void fail_found(std::string_view found) const { file_.fail(where(), expected(), found); }
    bool reject(std::string_view found) const { fail_found(found.substr(0, longest_shown)); }

    bool null() override { return reject("null"); }
    bool boolean(bool value) override { return reject(value ? "true" : "false"); }
    bool number_integer(std::int64_t) override { return reject("a negative number"); }
    bool number_float(double, const std::string& digits) override { return reject(digits); }
    bool binary(nlohmann::json::binary_t&) override { return reject("binary data"); }

    bool number_unsigned(std::uint64_t value) override {
        if (inside_ != Inside::numbers) return reject(fmt::to_string(value));
        const bool is_shape = key_ == "shape";
        if (numbers_.size() == (is_shape ? most_axes : 2))
            file_.fail(where(),
                       is_shape ? fmt::format("at most {} extents", most_axes) : "an array [begin, end]",
                       "more");
        numbers_.push_back(value);
        return true;
    }

    bool string(std::string& value) override {
        if (inside_ == Inside::metadata) {
            header_.metadata[key_] = std::move(value);
            return true;
        }
        const auto dtype =
            std::find_if(dtypes.begin(), dtypes.end(), [&](const Dtype& d) { return d.name == value; });
        if (inside_ != Inside::array || key_ != "dtype" || dtype == dtypes.end()) fail_found(shown(value));
        fields_.dtype = static_cast<std::size_t>(dtype - dtypes.begin());
        return true;
    }

    bool start_object(std::size_t) override {
        if (inside_ == Inside::nothing) {
            inside_ = Inside::header;
        } else if (inside_ == Inside::header) {
            inside_ = name_ == metadata_name ? Inside::metadata : Inside::array;
            fields_ = {};
        } else {
            reject("an object");
        }
        return true;
    }

    bool key(std::string& key) override {
        if (inside_ == Inside::header) {
            const bool is_new = key == metadata_name ? !std::exchange(has_metadata_, true)
                                                     : header_.arrays.try_emplace(key).second;
            if (!is_new) file_.fail("header", "each name once", shown(key) + " again");
            name_ = std::move(key);
            return true;
        }
        if (inside_ == Inside::metadata) {
            if (header_.metadata.contains(key))
                file_.fail(shown(name_), "each key once", shown(key) + " again");
        } else {
            const bool is_dtype = key == "dtype", is_shape = key == "shape";
            if (!is_dtype && !is_shape && key != "data_offsets")
                file_.fail(shown(name_), "dtype, shape and data_offsets", shown(key));
            if (is_dtype   ? fields_.dtype.has_value()
                : is_shape ? fields_.shape.has_value()
                           : fields_.offsets.has_value())
                file_.fail(shown(name_), "each key once", shown(key) + " again");
        }
        key_ = std::move(key);
        return true;
    }

    bool end_object() override {
        if (inside_ == Inside::array) {
            const auto require = [this](bool present, const char* absent) {
                if (!present) file_.fail(shown(name_), "dtype, shape and data_offsets", absent);
            };
            require(fields_.dtype.has_value(), "no dtype");
            require(fields_.shape.has_value(), "no shape");
            require(fields_.offsets.has_value(), "no data_offsets");
            header_.arrays.find(name_)->second = {*fields_.dtype, std::move(*fields_.shape),
                                                  fields_.offsets->first, fields_.offsets->second};
        }
        inside_ = inside_ == Inside::header ? Inside::nothing : Inside::header;
        return true;
    }

    bool start_array(std::size_t) override {
        if (inside_ != Inside::array || key_ == "dtype") return reject("an array");
        inside_ = Inside::numbers;
        numbers_.clear();
        return true;
    }

    bool end_array() override {
        if (key_ == "shape") {
            fields_.shape.emplace(numbers_.begin(), numbers_.end());
        } else {
            if (numbers_.size() != 2)
                file_.fail(where(), "an array [begin, end]",
                           fmt::format("an array of length {}", numbers_.size()));
            fields_.offsets.emplace(numbers_[0], numbers_[1]);
        }
        inside_ = Inside::array;
        return true;
    }

    bool parse_error(std::size_t bytes_read, const std::string& token,
                     const nlohmann::json::exception& error) override {
        constexpr int number_too_large_for_double = 406;
        if (error.id == number_too_large_for_double) return reject(token);
        const std::size_t last = bytes_read - 1;
        file_.fail(header_start + last, "valid JSON",
                   last < text_.size() ? shown(text_.substr(last, 1)) : "the end of the header");
    }

    const ByteReader& file_;
    std::string_view text_;
    SafetensorsHeader header_;
    bool has_metadata_ = false;
    Inside inside_ = Inside::nothing;
    std::string name_, key_;
    Fields fields_;
    std::vector<std::uint64_t> numbers_;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(const ByteReader& file, std::string_view text) {
    if (const std::size_t valid = utf8_prefix(text); valid < text.size())
        file.fail(header_start + valid, "UTF-8",
                  fmt::format("the byte {:#04x}", static_cast<unsigned char>(text[valid])));
    if (!text.starts_with('{'))
        file.fail(header_start, "a JSON object", text.empty() ? "an empty header" : shown(text.substr(0, 1)));
    // nlohmann-json would take a NUL for the end of the text.
    if (const std::size_t nul = text.find('\0'); nul != text.npos)
        file.fail(header_start + nul, "valid JSON", "a NUL byte");
    return HeaderParser(file, text).parse();
}

}  // namespace xgrad::detail
