#include "cifar_bn/training/record.hpp"

#include "shared/files/json.hpp"

namespace cifar_bn {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LayerStatistics, output, signal, weight, gradient)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Snapshot, step, cycle, learning_rate, train, validation, test, layers)

std::string to_text(const TrainRecord& record) {
    const nlohmann::json value{{"snapshots", record.snapshots},
                               {"test_confusion", record.test_confusion.rows()},
                               {"diverged_at", record.diverged_at}};
    return value.dump(2) + "\n";
}

TrainRecord parse_record(const std::string& text) {
    const nlohmann::json value = apps::parse_json_with_nan(text);
    return {value.at("snapshots").get<std::vector<Snapshot>>(),
            xgrad::ConfusionMatrix(value.at("test_confusion").get<std::vector<std::vector<std::uint64_t>>>()),
            value.at("diverged_at").get<std::uint64_t>()};
}

}  // namespace cifar_bn
