#include "cifar_conv/training/record.hpp"

#include "shared/files/json.hpp"

namespace cifar_conv {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Epoch, train, validation)

std::string to_text(const Record& record) {
    const nlohmann::json value{{"epochs", record.epochs},
                               {"test", record.test},
                               {"test_confusion", record.test_confusion.rows()},
                               {"diverged_at", record.diverged_at}};
    return value.dump(2) + "\n";
}

Record parse_record(const std::string& text) {
    const nlohmann::json value = apps::parse_json_with_nan(text);
    return {value.at("epochs").get<std::vector<Epoch>>(), value.at("test").get<apps::Score>(),
            xgrad::ConfusionMatrix(value.at("test_confusion").get<std::vector<std::vector<std::uint64_t>>>()),
            value.at("diverged_at").get<std::uint64_t>()};
}

}  // namespace cifar_conv
