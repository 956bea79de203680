#include "cifar_conv/training/saved_model.hpp"

#include "cifar_conv/training/config.hpp"
#include "cifar_conv/training/network.hpp"

namespace cifar_conv {

apps::SavedModel open_model(const std::filesystem::path& folder) {
    return apps::open_model(folder, program,
                            [](const auto& file, const xgrad::ImageShape& shape, std::size_t classes) {
                                const Config config = read_config(file);
                                check_config(config);
                                xgrad::Rng unused(0);
                                return make_network(config, shape, classes, unused, xgrad::init::zeros());
                            });
}

}  // namespace cifar_conv
