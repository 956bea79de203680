#include "shared/models/saved_model.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "shared/files/json.hpp"
#include "shared/jobs/job_folder.hpp"
#include "shared/jobs/receipt.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/data/batches.hpp>
#include <xgrad/nn/state.hpp>

namespace apps {

using xgrad::DataError;
using xgrad::fail;

xgrad::Evaluation SavedModel::evaluate(const xgrad::Dataset& images) {
    return std::visit([&](auto& trained) { return xgrad::evaluate(trained, images, normalizer); }, net);
}

xgrad::Array<double> SavedModel::probabilities(const xgrad::Dataset& images) {
    constexpr std::size_t most_at_once = 100;
    xgrad::Array<double> all(xgrad::Shape{images.size(), classes.size()});
    std::visit(
        [&]<class T>(xgrad::Sequential<T>& trained) {
            const xgrad::NoGrad<T> no_grad;
            xgrad::ImageBatches<T> batches(images, normalizer, std::min(most_at_once, images.size()));
            auto* to = all.data();
            for (const auto& batch : batches.epoch()) {
                const xgrad::Tensor<T> part = softmax(trained(batch.x));
                to = std::copy_n(part.value().data(), part.size(), to);
            }
        },
        net);
    return all;
}

SavedModel open_model(const std::filesystem::path& folder, const std::string& program, const MakeNet& make) {
    for (const char* file : {JobFolder::receipt_file, JobFolder::result_file, model_file, normalizer_file})
        if (!std::filesystem::exists(folder / file))
            fail<DataError>("--model", fmt::format("{} has no {}: give the folder of a finished `{} train`",
                                                   folder.string(), file, program));
    const std::filesystem::path file = folder / JobFolder::receipt_file;
    const Receipt receipt = [&] {
        try {
            return parse_json(read_text(file).value_or("")).get<Receipt>();
        } catch (const std::exception& error) {
            fail<DataError>("--model", fmt::format("{}: {}", file.string(), error.what()));
        }
    }();
    if (receipt.program != program)
        fail<DataError>("--model",
                        fmt::format("{} holds a model of `{}`: give the folder of a finished `{} train`",
                                    folder.string(), receipt.program, program));
    const DataReceipt& data = receipt.data;
    const auto [channels, height, width] = data.image_shape;
    const xgrad::ImageShape shape{channels, height, width};
    if (data.classes.empty()) fail<DataError>("--model", fmt::format("{}: has no classes", file.string()));
    xgrad::Normalizer normalizer = xgrad::load_normalizer(folder / normalizer_file);
    if (normalizer.features() != shape.size())
        fail<DataError>("--model", fmt::format("{}: images of {} x {} x {} have {} values, {} has {}",
                                               file.string(), channels, height, width, shape.size(),
                                               normalizer_file, normalizer.features()));
    SavedModel model{folder,
                     data.name,
                     data.classes,
                     shape,
                     std::move(normalizer),
                     make(file, shape, data.classes.size())};
    std::visit(
        [&](auto& net) {
            xgrad::load_state(folder / model_file, net);
            net.eval();
        },
        model.net);
    return model;
}

}  // namespace apps
