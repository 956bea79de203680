#include "cifar_bn/published/published.hpp"

#include <sstream>

#include "cifar_bn/published/files.hpp"

namespace cifar_bn {
namespace {

// The rows of a CSV file of the folder, without its heading.
std::vector<std::vector<std::string>> rows(const std::string& file, char separator) {
    std::vector<std::vector<std::string>> found;
    std::istringstream lines{std::string(published_files().at(file))};
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::istringstream cells(line);
        std::string cell;
        found.emplace_back();
        while (std::getline(cells, cell, separator)) found.back().push_back(cell);
    }
    return found;
}

}  // namespace

std::optional<Published> published_training(const std::string& name) {
    const std::string file = "curves/" + name + ".csv";
    if (!published_files().contains(file)) return std::nullopt;
    Published training{};
    for (const auto& row : rows(file, ';')) {
        const auto number = [&](std::size_t column) { return std::stod(row.at(column)); };
        training.curve.push_back({std::stoull(row.at(1)), number(4), number(5), 100 * number(6),
                                  100 * number(7), 100 * number(8)});
    }
    training.validation = training.curve.back().validation_accuracy;
    training.test = training.curve.back().test_accuracy;
    return training;
}

std::vector<PublishedTrial> published_search(const std::string& name) {
    std::vector<PublishedTrial> trials;
    for (const auto& row : rows("lambda-search.csv", ','))
        if (row.at(0) == name)
            trials.push_back({std::stod(row.at(1)), 100 * std::stod(row.at(2)), 100 * std::stod(row.at(3))});
    return trials;
}

}  // namespace cifar_bn
