// Exported nets in OpenCV's dnn, which has a reader of ONNX files and an implementation of every op of its
// own.
#include <xgrad/onnx/export.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>

#include <xgrad/data/batches.hpp>
#include <xgrad/data/open_dataset.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/sgd.hpp>
#include "onnx/module_cases.hpp"
#include "support/temp_dir.hpp"

using namespace xgrad;
using conformance::ModuleCase;

namespace {

// CIFAR-10 where $CIFAR10_DIR says that there is a copy, else Fashion-MNIST.
const TrainTest& images() {
    static const char* folder = std::getenv("CIFAR10_DIR");
    static const TrainTest data = open_dataset(folder ? folder : "/usr/share/datasets/fashion-mnist");
    return data;
}

const std::vector<std::size_t> three_layers{50, 50}, nine_layers{50, 30, 20, 20, 10, 10, 10, 10};

// One of the report's nets, after a short training: with weights, running statistics, gammas and betas that
// are no longer the initial ones.
template <class T>
Sequential<T> trained_net(const std::vector<std::size_t>& hidden, bool batch_norm,
                          const Normalizer& normalizer) {
    Rng rng(1);
    Sequential<T> net;
    std::size_t in = images().train.features();
    for (const std::size_t out : hidden) {
        net.add(Linear<T>(in, out, rng));
        if (batch_norm) net.add(BatchNorm1d<T>(out));
        net.add(ReLU<T>());
        in = out;
    }
    net.add(Linear<T>(in, 10, rng));

    SGD<T> sgd(net.parameters(), {.learning_rate = 0.01, .momentum = 0.9});
    ImageBatches<T> batches(images().train, normalizer, 100);
    for (int step = 0; step < 100; ++step) {
        const auto& batch = batches.next(rng);
        net.zero_grad();
        Tape<T> tape;
        cross_entropy(net(batch.x), batch.labels).backward();
        sgd.step();
    }
    return net;
}

// What OpenCV computes for a batch.
std::vector<float> in_opencv(cv::dnn::Net& net, const Array<float>& x) {
    const cv::Mat input(std::vector<int>(x.shape().begin(), x.shape().end()), CV_32F,
                        const_cast<float*>(x.data()));
    net.setInput(input);
    const cv::Mat output = net.forward();
    REQUIRE(output.isContinuous());
    return {output.ptr<float>(), output.ptr<float>() + output.total()};
}

// The largest |difference| of any example, over max(1, its largest |output|): a small output beside large
// ones has their rounding.
template <class T>
double difference(const std::vector<float>& theirs, const Array<T>& ours) {
    if (theirs.size() != ours.size()) return INFINITY;
    const std::size_t examples = ours.shape()[0], outputs = ours.size() / examples;
    double largest = 0;
    for (std::size_t example = 0; example < examples; ++example) {
        double scale = 1, error = 0;
        for (std::size_t j = example * outputs; j < (example + 1) * outputs; ++j) {
            const auto their_output = static_cast<double>(theirs[j]),
                       output = static_cast<double>(ours.data()[j]);
            if (!std::isfinite(their_output) || !std::isfinite(output)) return INFINITY;
            scale = std::max(scale, std::abs(output));
            error = std::max(error, std::abs(their_output - output));
        }
        largest = std::max(largest, error / scale);
    }
    return largest;
}

// Whether OpenCV 4.6 cannot read a module: docs/onnx.md says why.
template <class T>
bool is_unreadable(const ModuleCase<T>& m) {
    const auto options = nlohmann::json::parse(m.description);
    const auto is_dilated = [&] { return options["dilation"] != nlohmann::json{1, 1}; };
    // Whether the extents of one image are no multiples of the other's.
    const auto has_rest = [&](const nlohmann::json& extents, bool of_x) {
        for (const std::size_t axis : {0U, 1U}) {
            const std::size_t n = m.x.shape()[2 + axis], other = extents[axis];
            if ((of_x ? n % other : other % n) != 0) return true;
        }
        return false;
    };
    if (m.kind == "MaxPool2d" || m.kind == "ConvTranspose2d") return is_dilated();
    if (m.kind == "AdaptiveAvgPool2d") return has_rest(options["output_size"], true);
    if (m.kind == "Upsample") return options.contains("size") && has_rest(options["size"], false);
    const auto is_in = [&](const std::string& text) { return m.description.find(text) != std::string::npos; };
    return is_in("LayerNorm") || is_in("RMSNorm") || is_in("GroupNorm") || is_in("Embedding") ||
           (is_in("Softplus") && (sizeof(T) == sizeof(double) || !is_in("\"threshold\":20.0")));
}

// INFINITY if OpenCV reports an error.
template <class T>
double difference(const ModuleCase<T>& m) {
    const test::TempDir dir;
    export_onnx(dir.file("net.onnx"), *m.module, m.options);
    Array<float> x(m.input_shape());
    if (m.kind == "Embedding")
        std::copy(m.index.begin(), m.index.end(), x.data());
    else
        std::copy(m.x.begin(), m.x.end(), x.data());
    try {
        cv::dnn::Net model = cv::dnn::readNetFromONNX(dir.file("net.onnx"));
        return difference(in_opencv(model, x), m.y);
    } catch (const cv::Exception&) {
        return INFINITY;
    }
}

}  // namespace

TEST_CASE_TEMPLATE(
    "OpenCV's dnn computes what exported modules compute, to 1e-5, but for those that it cannot read", T,
    float, double) {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    std::map<std::string, int> readable, unreadable, wrong;
    for (const ModuleCase<T>& m : conformance::module_cases<T>(conformance::tree_cases)) {
        CAPTURE(m.description);
        const double found = difference(m);
        if (is_unreadable(m)) {
            ++unreadable[m.kind];
            wrong[m.kind] += found >= 1e-5;
        } else {
            ++readable[m.kind];
            CHECK(found < 1e-5);
        }
    }
    for (const std::string& kind : conformance::module_kinds()) {
        CAPTURE(kind);
        CHECK(readable[kind] + unreadable[kind] >= 2);
        CHECK((unreadable[kind] == 0 || wrong[kind] > 0));
    }
}

TEST_CASE_TEMPLATE("OpenCV's dnn computes for test images what an exported net computes, to 1e-5", T, float,
                   double) {
    const test::TempDir dir;
    const Normalizer normalizer(images().train);
    ImageBatches<float> batches(images().test.slice(0, 1000), normalizer,
                                333);  // the last one has a single image
    for (const auto& hidden : {three_layers, nine_layers}) {
        for (const bool batch_norm : {false, true}) {
            auto net = trained_net<T>(hidden, batch_norm, normalizer);
            const std::string path = dir.file("net.onnx");
            export_onnx(path, net);
            cv::dnn::Net model = cv::dnn::readNetFromONNX(path);

            net.eval();
            double largest = 0, variety = 0;
            for (const auto& batch : batches.epoch()) {
                Array<T> x(batch.x.shape());
                std::copy_n(batch.x.value().data(), x.size(), x.data());
                const Array<T> ours = net(Tensor<T>(std::move(x))).value();
                for (std::size_t i = 0; i < ours.shape()[0]; ++i)
                    variety = std::max(variety, std::abs(static_cast<double>(ours(i, 0) - ours(0, 0))));
                largest = std::max(largest, difference(in_opencv(model, batch.x.value()), ours));
            }
            MESSAGE(fmt::format("{}, {} layers{}, {}: largest difference {:.1e}", images().test.name(),
                                hidden.size() + 1, batch_norm ? " with batch norm" : "",
                                std::is_same_v<T, float> ? "float" : "double", largest));
            CHECK(variety > 0.5);  // else the net has died, and proves nothing
            CHECK(largest < 1e-5);
        }
    }
}
