#include "cifar_bn/jobs/receipt.hpp"

#include <fstream>

#include "shared/files/checksum.hpp"

#include <xgrad/core/isa.hpp>
#include <xgrad/core/parallel.hpp>

namespace cifar_bn {

nlohmann::json receipt(const TrainConfig& config, const Split& data,
                       const std::map<std::string, std::string>& checksums) {
    return {{"program", "cifar_bn"},
            {"version", XGRAD_VERSION},
            {"data",
             {{"name", data.train.name()},
              {"classes", data.train.classes()},
              {"image_shape",
               {data.train.image_shape().channels, data.train.image_shape().height,
                data.train.image_shape().width}},
              {"train", data.train.size()},
              {"validation", data.validation.size()},
              {"test", data.test.size()},
              {"sha256", checksums}}},
            {"binary_sha256", sha256("/proc/self/exe")},
            {"compiler", XGRAD_COMPILER},
            {"flags", XGRAD_FLAGS},
            {"isa", to_string(xgrad::isa())},
            {"blas", xgrad::blas_config()},
            {"options", to_json(config)}};
}

std::string processor_name() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
    return "unknown";
}

}  // namespace cifar_bn
