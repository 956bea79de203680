#include "cifar_bn/training/saved_model.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "cifar_bn/training/network.hpp"
#include "shared/files/json.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/nn/state.hpp>

namespace cifar_bn {

using xgrad::DataError;
using xgrad::fail;

SavedModel open_model(const std::filesystem::path& folder) {
    for (const char* file : {"config.json", "model.safetensors", "normalizer.safetensors"})
        if (!std::filesystem::exists(folder / file))
            fail<DataError>("--model",
                            fmt::format("{} has no {}: give the folder of a finished `cifar_bn train`",
                                        folder.string(), file));
    const std::filesystem::path file = folder / "config.json";
    TrainConfig config = read_config(file);
    check(config);
    try {
        const nlohmann::json data = parse_json(read_text(file).value_or("")).at("data");
        const auto shape = data.at("image_shape").get<std::array<std::uint16_t, 3>>();
        SavedModel model{folder,
                         std::move(config),
                         data.at("name").get<std::string>(),
                         data.at("classes").get<std::vector<std::string>>(),
                         {shape[0], shape[1], shape[2]},
                         xgrad::load_normalizer(folder / "normalizer.safetensors")};
        if (model.classes.empty())
            fail<DataError>("--model", fmt::format("{}: has no classes", file.string()));
        if (model.normalizer.features() != model.shape.size())
            fail<DataError>(
                "--model",
                fmt::format("{}: images of {} x {} x {} have {} values, normalizer.safetensors has {}",
                            file.string(), shape[0], shape[1], shape[2], model.shape.size(),
                            model.normalizer.features()));
        return model;
    } catch (const nlohmann::json::exception& error) {
        fail<DataError>("--model", fmt::format("{}: {}", file.string(), error.what()));
    }
}

template <class T>
xgrad::Sequential<T> SavedModel::net() const {
    xgrad::Rng unused(0);
    auto net = make_network<T>(shape.size(), config.hidden, classes.size(), config.batch_norm,
                               xgrad::init::zeros(), unused);
    load_state(folder / "model.safetensors", net);
    net.eval();
    return net;
}

template xgrad::Sequential<float> SavedModel::net() const;
template xgrad::Sequential<double> SavedModel::net() const;

}  // namespace cifar_bn
