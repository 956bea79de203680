#include "cifar_bn/training/saved_model.hpp"

#include <utility>

#include <fmt/format.h>

#include "cifar_bn/training/network.hpp"
#include "shared/files/json.hpp"
#include "shared/jobs/job_folder.hpp"
#include "shared/jobs/receipt.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/nn/state.hpp>

namespace cifar_bn {

using apps::JobFolder;
using xgrad::DataError;
using xgrad::fail;

SavedModel open_model(const std::filesystem::path& folder) {
    for (const char* file : {JobFolder::receipt_file, model_file, normalizer_file})
        if (!std::filesystem::exists(folder / file))
            fail<DataError>("--model",
                            fmt::format("{} has no {}: give the folder of a finished `cifar_bn train`",
                                        folder.string(), file));
    const std::filesystem::path file = folder / JobFolder::receipt_file;
    TrainConfig config = read_config(file);
    check_config(config);
    try {
        const auto data = apps::parse_json(apps::read_text(file).value_or("")).get<apps::Receipt>().data;
        const auto& shape = data.image_shape;
        SavedModel model{folder,
                         std::move(config),
                         data.name,
                         data.classes,
                         {shape[0], shape[1], shape[2]},
                         xgrad::load_normalizer(folder / normalizer_file)};
        if (model.classes.empty())
            fail<DataError>("--model", fmt::format("{}: has no classes", file.string()));
        if (model.normalizer.features() != model.shape.size())
            fail<DataError>("--model",
                            fmt::format("{}: images of {} x {} x {} have {} values, {} has {}", file.string(),
                                        shape[0], shape[1], shape[2], model.shape.size(), normalizer_file,
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
    load_state(folder / model_file, net);
    net.eval();
    return net;
}

template xgrad::Sequential<float> SavedModel::net() const;
template xgrad::Sequential<double> SavedModel::net() const;

}  // namespace cifar_bn
