#include <xgrad/train/training_state.hpp>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/data/batches.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/adam.hpp>
#include <xgrad/optim/sgd.hpp>
#include <xgrad/optim/weight_average.hpp>
#include <xgrad/train/early_stopping.hpp>

using namespace xgrad;

namespace {

Dataset noise(std::size_t images) {
    Rng rng(5);
    std::vector<std::uint8_t> pixels(images * 6), labels(images);
    for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(rng.below(256));
    for (std::uint8_t& label : labels) label = static_cast<std::uint8_t>(rng.below(3));
    return Dataset("noise", {"a", "b", "c"}, {1, 2, 3}, std::move(pixels), std::move(labels));
}

template <class O>
O optimizer_of(std::vector<Parameter<typename O::value_type>> parameters) {
    if constexpr (std::is_same_v<O, SGD<typename O::value_type>>)
        return O(std::move(parameters), {.learning_rate = 0.1, .momentum = 0.9});
    else
        return O(std::move(parameters));
}

// A training of which every part has a state.
template <class T, class O = SGD<T>>
struct Training {
    explicit Training(std::uint64_t seed)
        : rng(seed),
          net{Linear<T>(6, 4, rng), BatchNorm1d<T>(4), ReLU<T>(), Dropout<T>(0.2, rng), Linear<T>(4, 3, rng)},
          optimizer(optimizer_of<O>(net.parameters())),
          ema(net, {.decay = 0.9}),
          data(noise(50)),
          batches(data, 8,
                  {.transforms = {RandomHorizontalFlip(), Normalize(Normalizer(data)), GaussianNoise(0.1)}}) {
        state.add("net", net)
            .add("optimizer", optimizer)
            .add("ema", ema)
            .add("plateau", plateau)
            .add("stopping", stopping)
            .add("batches", batches)
            .add("shuffle", rng)
            .add("step", step)
            .add("log", log);
    }

    void run(int steps) {
        for (int i = 0; i < steps; ++i) {
            const Batch<T>& batch = batches.next(rng);
            net.zero_grad();
            Tape<T> tape;
            const Tensor<T> loss = cross_entropy(net(batch.x), batch.labels);
            loss.backward();
            optimizer.step();
            ema.update();
            const auto metric = static_cast<double>(loss.item());
            optimizer.set_learning_rate(plateau.update(metric));
            stopping.update(metric);
            log += std::to_string(++step) + " " + std::to_string(loss.item()) + "\n";
        }
    }

    Rng rng;
    Sequential<T> net;
    O optimizer;
    Ema<T> ema;
    ReduceOnPlateau plateau{{.learning_rate = 0.1, .factor = 0.9, .patience = 1}};
    EarlyStopping stopping;
    Dataset data;
    ImageBatches<T> batches;
    std::uint64_t step = 0;
    std::string log;
    TrainingState state;
};

}  // namespace

TEST_CASE_TEMPLATE("TrainingState: a training that is restored goes on bit by bit, from any step", O,
                   SGD<float>, SGD<double>, Adam<float>, AdamW<double>) {
    using Training = Training<typename O::value_type, O>;
    Training whole(1);
    whole.run(20);
    for (const int done : {0, 1, 6, 7, 13, 20}) {  // seven batches are an epoch
        CAPTURE(done);
        Training first(1), second(2);
        first.run(done);
        second.run(3);
        second.state.load(first.state.save());
        second.run(20 - done);
        CHECK(second.state.save() == whole.state.save());
        CHECK(second.log == whole.log);
    }
}

TEST_CASE("TrainingState: the names in a checkpoint") {
    Training<float> training(1);
    training.run(2);
    std::vector<std::string> names;
    for (const auto& [name, array] : training.state.save().arrays) names.push_back(name);
    CHECK(names == std::vector<std::string>{"batches.order",
                                            "batches.position",
                                            "batches.seed",
                                            "ema.module.0.bias",
                                            "ema.module.0.weight",
                                            "ema.module.1.bias",
                                            "ema.module.1.num_batches_tracked",
                                            "ema.module.1.running_mean",
                                            "ema.module.1.running_var",
                                            "ema.module.1.weight",
                                            "ema.module.3.generator",
                                            "ema.module.4.bias",
                                            "ema.module.4.weight",
                                            "ema.n_averaged",
                                            "net.0.bias",
                                            "net.0.weight",
                                            "net.1.bias",
                                            "net.1.num_batches_tracked",
                                            "net.1.running_mean",
                                            "net.1.running_var",
                                            "net.1.weight",
                                            "net.3.generator",
                                            "net.4.bias",
                                            "net.4.weight",
                                            "optimizer.0.bias.momentum_buffer",
                                            "optimizer.0.weight.momentum_buffer",
                                            "optimizer.1.bias.momentum_buffer",
                                            "optimizer.1.weight.momentum_buffer",
                                            "optimizer.4.bias.momentum_buffer",
                                            "optimizer.4.weight.momentum_buffer",
                                            "optimizer.learning_rate",
                                            "plateau.best",
                                            "plateau.cooldown_counter",
                                            "plateau.learning_rate",
                                            "plateau.num_bad_epochs",
                                            "shuffle",
                                            "step",
                                            "stopping.best",
                                            "stopping.best_update",
                                            "stopping.updates"});
    CHECK(training.state.save().metadata.contains("log"));
}

TEST_CASE("TrainingState: a state that does not fit is named, and changes nothing") {
    Training<float> training(1), other(2);
    training.run(3);
    other.run(9);
    const Safetensors before = training.state.save(), fits = other.state.save();
    struct Case {
        const char* what;
        std::function<void(Safetensors&)> damage;
        const char* message;
    };
    const Shape two{2}, words{313};
    const std::vector<Case> cases{
        {"no step", [](Safetensors& s) { s.arrays.erase("step"); },
         "step: expected I64 of shape (), found nothing"},
        {"another shape", [&](Safetensors& s) { s.arrays["step"] = Array<std::int64_t>(two, 1); },
         "step: expected I64 of shape (), found I64 of shape (2)"},
        {"another dtype", [](Safetensors& s) { s.arrays["step"] = Array<float>(Shape{}, 1.0f); },
         "step: expected I64 of shape (), found F32 of shape ()"},
        {"wider weights", [](Safetensors& s) { s.arrays["net.0.bias"] = Array<double>(Shape{4}, 1.0); },
         "net.0.bias: expected F32 of shape (4), found F64 of shape (4)"},
        {"no text", [](Safetensors& s) { s.metadata.erase("log"); }, "log: expected text, found nothing"},
        {"more text", [](Safetensors& s) { s.metadata["notes"] = "x"; }, "unexpected notes"},
        {"text for an array", [](Safetensors& s) { s.metadata["net"] = "x"; }, "net: unexpected text"},
        {"a part too much", [](Safetensors& s) { s.arrays["adam.step"] = Array<float>(Shape{}, 1.0f); },
         "unexpected adam"},
        {"an array too much", [](Safetensors& s) { s.arrays["step.x"] = Array<float>(Shape{}, 1.0f); },
         "step: unexpected x"},
        {"no weights", [](Safetensors& s) { s.arrays.erase("net.0.bias"); },
         "net: load_state_dict: nothing was loaded: missing 0.bias"},
        {"no number of averaged nets", [](Safetensors& s) { s.arrays.erase("ema.n_averaged"); },
         "ema: load_state_dict: nothing was loaded: missing n_averaged"},
        {"an average of another net",
         [&](Safetensors& s) { s.arrays["ema.module.0.bias"] = Array<float>(two, 0); },
         "ema: load_state_dict: nothing was loaded: module.0.bias: expected shape (4), got (2)"},
        {"no learning rate", [](Safetensors& s) { s.arrays.erase("optimizer.learning_rate"); },
         "optimizer: SGD: nothing was loaded: missing learning_rate"},
        {"a count of another dtype",
         [](Safetensors& s) { s.arrays["stopping.updates"] = Array<float>(Shape{}, 1.0F); },
         "stopping.updates: expected I64 of shape (), found F32 of shape ()"},
        {"no best metric", [](Safetensors& s) { s.arrays.erase("plateau.best"); },
         "plateau: ReduceOnPlateau: nothing was loaded: missing best"},
        {"no order", [](Safetensors& s) { s.arrays.erase("batches.order"); },
         "batches: order: expected I64 with one axis, found nothing"},
        {"another order", [&](Safetensors& s) { s.arrays["batches.order"] = Array<std::int64_t>(two, 0); },
         "batches: Batches: expected an order of 50 samples, got one of 2"},
        {"a position within a batch",
         [](Safetensors& s) { s.arrays["batches.position"] = Array<std::int64_t>(Shape{}, 9); },
         "batches: Batches: position 9 in 50 samples is not the beginning of a batch of 8"},
        {"a generator of zeros", [&](Safetensors& s) { s.arrays["shuffle"] = Array<std::int64_t>(words, 0); },
         "shuffle: Rng::restore: the words are all 0, which no generator's are"},
        {"a short generator", [&](Safetensors& s) { s.arrays["shuffle"] = Array<std::int64_t>(two, 1); },
         "shuffle: expected I64 of shape (313), found I64 of shape (2)"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.what);
        Safetensors damaged = fits;
        c.damage(damaged);
        CHECK_THROWS_WITH_AS(training.state.load(damaged),
                             (std::string("TrainingState: ") + c.message).c_str(), StateError);
        CHECK(training.state.save() == before);
    }
    training.state.load(fits);
    CHECK(training.state.save() == fits);
}

TEST_CASE("TrainingState: names that a part cannot have") {
    std::uint64_t step = 0;
    TrainingState state;
    state.add("step", step);
    const auto refused = [&](const std::string& name, const std::string& why) {
        CHECK_THROWS_WITH_AS(state.add(name, step),
                             ("TrainingState: a part cannot be named '" + name + "': " + why).c_str(),
                             ValueError);
    };
    refused("", "the name is empty");
    refused("step", "another part has that name");
    refused("a.b", "dots separate a part's name from those within it");
    refused("format", "checkpoints use it themselves");
    refused("crc32", "checkpoints use it themselves");
}
