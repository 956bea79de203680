#include "shared/report/provenance.hpp"

#include <fmt/format.h>

#include <xgrad/page/shell.hpp>

namespace apps {

std::vector<std::vector<std::string>> receipt_rows(const Receipt& receipt,
                                                   const std::map<std::string, std::size_t>& builds) {
    std::vector<std::vector<std::string>> rows{{"kernels", fmt::format("{}; {}", receipt.isa, receipt.blas)},
                                               {"code", "xgrad " + receipt.version},
                                               {"binary, SHA-256", "`" + receipt.binary_sha256 + "`"},
                                               {"compiler", receipt.compiler},
                                               {"flags", "`" + receipt.flags + "`"}};
    if (builds.size() > 1 || !builds.contains(build_of(receipt)))
        for (const auto& [build, trainings] : builds)
            rows.push_back({fmt::format("{} of the trainings", trainings), build});
    return rows;
}

std::string absolute_quoted(const std::filesystem::path& path) {
    return xgrad::page::shell_quoted(std::filesystem::absolute(path).string());
}

xgrad::page::Table checksums_table(const Receipt& receipt) {
    xgrad::page::Table table{"checksums", "The data's files", {"file", "SHA-256"}, {}};
    for (const auto& [file, sum] : receipt.data.sha256) table.rows.push_back({file, "`" + sum + "`"});
    return table;
}

}  // namespace apps
