#include "cifar_bn/training/saved_model.hpp"

#include "cifar_bn/training/config.hpp"
#include "cifar_bn/training/network.hpp"

namespace cifar_bn {

apps::SavedModel open_model(const std::filesystem::path& folder) {
    return apps::open_model(folder, program,
                            [](const auto& file, const xgrad::ImageShape& shape, std::size_t classes) {
                                const TrainConfig config = read_config(file);
                                check_config(config);
                                const auto make = [&]<class T>(T) -> apps::Net {
                                    xgrad::Rng unused(0);
                                    return make_network<T>(shape.size(), config.hidden, classes,
                                                           config.batch_norm, xgrad::init::zeros(), unused);
                                };
                                return config.is_double() ? make(double{}) : make(float{});
                            });
}

}  // namespace cifar_bn
