#pragma once

#include <cstddef>
#include <exception>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace apps {

/// Reads the record of a training that a checkpoint keeps as text.
/// @param file     the checkpoint.
/// @param classes  those of the data.
/// @param parse    throws if the text is no record.
/// @param fits     whether a record can be that of the checkpoint's step.
/// @throws xgrad::DataError  the text is another; names the file.
template <class Record, class Fits>
Record kept_record(const std::filesystem::path& file, const std::string& text, std::size_t classes,
                   Record (*parse)(const std::string&), Fits fits) {
    std::string problem = "its record is not that of a training at its step";
    try {
        Record record = parse(text);
        if (record.test_confusion.classes() == classes && fits(record)) return record;
    } catch (const std::exception& error) {
        problem = error.what();
    }
    xgrad::fail<xgrad::DataError>("resume", fmt::format("{}: {}", file.string(), problem));
}

}  // namespace apps
