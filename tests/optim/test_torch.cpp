// The same steps as torch.optim has taken in double: tests/pytorch/write_test_files.py wrote the file.
#include <cmath>
#include <filesystem>

#include <doctest/doctest.h>

#include <xgrad/optim/adagrad.hpp>
#include <xgrad/optim/adam.hpp>
#include <xgrad/optim/lion.hpp>
#include <xgrad/optim/rmsprop.hpp>
#include <xgrad/optim/sgd.hpp>
#include "support/arrays.hpp"

using namespace xgrad;

namespace {

const std::filesystem::path path =
    std::filesystem::path(XGRAD_SOURCE_DIR) / "tests/optim/data/torch_optim.safetensors";
constexpr double tolerance = 1e-12;

// As in the script.
Array<double> numbers(const Shape& shape, int first, int modulus, int factor) {
    Array<double> values(shape);
    for (std::size_t i = 0; i < values.size(); ++i)
        values.data()[i] = ((first + static_cast<int>(i)) * factor % modulus - modulus / 2) / 16.0;
    return values;
}

void set_gradient(Tensor<double>& w, Array<double> gradient) {
    w.zero_grad();
    Tape<double> tape;
    (w * 1.0).backward(Tensor<double>(std::move(gradient)));
}

// Of the array's elements those of one snapshot.
std::vector<double> snapshot(const Array<double>& snapshots, std::size_t i) {
    const std::size_t size = snapshots.size() / snapshots.shape()[0];
    return {snapshots.data() + i * size, snapshots.data() + (i + 1) * size};
}

template <class O, class Options>
void check_equals_torch(const std::string& name, const Options& options) {
    CAPTURE(name);
    const NamedArrays file = read_safetensors(path).arrays;
    const auto& weights = std::get<Array<double>>(file.at(name + ".weight"));
    const auto& biases = std::get<Array<double>>(file.at(name + ".bias"));
    Tensor<double> weight(numbers({3, 4}, 0, 17, 5), RequiresGrad::yes),
        bias(numbers({5}, 12, 17, 5), RequiresGrad::yes);
    O optimizer({{"weight", weight}}, options);
    optimizer.add_group({{"bias", bias}}, {.weight_decay = 0.2, .learning_rate_scale = 0.5});
    std::size_t snapshots = 0;
    for (int step = 1; step <= 100; ++step) {
        set_gradient(weight, numbers({3, 4}, 17 * step, 31, 13));
        bias.zero_grad();
        if (step % 3 != 0) set_gradient(bias, numbers({5}, 17 * step + 12, 31, 13));
        optimizer.step();
        if (step == 50) optimizer.set_learning_rate(optimizer.learning_rate() / 2);
        if (step == 1 || step == 10 || step == 100) {
            CAPTURE(step);
            CHECK(test::difference(test::elements(weight.value()), snapshot(weights, snapshots)) < tolerance);
            CHECK(test::difference(test::elements(bias.value()), snapshot(biases, snapshots++)) < tolerance);
        }
    }

    NamedArrays state = optimizer.state_arrays();
    state.erase("learning_rate");
    for (const auto& entry : state) {
        const std::string key = name + "." + entry.first;
        CAPTURE(key);
        REQUIRE(file.contains(key));
        const AnyArray &array = entry.second, &expected = file.at(key);
        REQUIRE(array.index() == expected.index());
        std::visit(
            [&](const auto& values, const auto& torch) {
                CHECK(values.shape() == torch.shape());
                CHECK(test::difference(test::elements(values), test::elements(torch)) < tolerance);
            },
            array, expected);
    }
    std::size_t of_torch = 0;
    for (const auto& [key, array] : file)
        of_torch += key.starts_with(name + ".weight.") || key.starts_with(name + ".bias.");
    CHECK(state.size() == of_torch);
}

}  // namespace

TEST_CASE("Adam: values and state are those of torch.optim, over 100 steps") {
    check_equals_torch<Adam<double>>("adam", AdamOptions{});
    check_equals_torch<Adam<double>>(
        "adam_decay",
        AdamOptions{.learning_rate = 0.02, .betas = {0.8, 0.99}, .epsilon = 1e-6, .weight_decay = 0.1});
}

TEST_CASE("AdamW: values and state are those of torch.optim, over 100 steps") {
    check_equals_torch<AdamW<double>>("adamw", AdamWOptions{});
    check_equals_torch<AdamW<double>>(
        "adamw_decay",
        AdamWOptions{.learning_rate = 0.02, .betas = {0.8, 0.99}, .epsilon = 1e-6, .weight_decay = 0.1});
}

TEST_CASE("NAdam: values and state are those of torch.optim, over 100 steps") {
    check_equals_torch<NAdam<double>>("nadam", NAdamOptions{});
    check_equals_torch<NAdam<double>>("nadam_decay", NAdamOptions{.learning_rate = 0.02,
                                                                  .betas = {0.8, 0.99},
                                                                  .epsilon = 1e-6,
                                                                  .weight_decay = 0.1,
                                                                  .momentum_decay = 0.01});
}

TEST_CASE("RMSprop: values and state are those of torch.optim, over 100 steps") {
    check_equals_torch<RMSprop<double>>("rmsprop", RMSpropOptions{});
    check_equals_torch<RMSprop<double>>(
        "rmsprop_momentum",
        RMSpropOptions{
            .learning_rate = 0.02, .alpha = 0.9, .epsilon = 1e-6, .weight_decay = 0.1, .momentum = 0.8});
    check_equals_torch<RMSprop<double>>("rmsprop_centered", RMSpropOptions{.centered = true});
    check_equals_torch<RMSprop<double>>(
        "rmsprop_both", RMSpropOptions{.learning_rate = 0.005, .momentum = 0.9, .centered = true});
}

TEST_CASE("Adagrad: values and state are those of torch.optim, over 100 steps") {
    check_equals_torch<Adagrad<double>>("adagrad", AdagradOptions{});
    check_equals_torch<Adagrad<double>>("adagrad_decay", AdagradOptions{.learning_rate = 0.1,
                                                                        .learning_rate_decay = 0.05,
                                                                        .weight_decay = 0.1,
                                                                        .initial_sum = 0.5,
                                                                        .epsilon = 1e-6});
}

TEST_CASE("Lion: values and state are those of its paper's formula, over 100 steps") {
    check_equals_torch<Lion<double>>("lion", LionOptions{});
    check_equals_torch<Lion<double>>(
        "lion_decay", LionOptions{.learning_rate = 0.003, .betas = {0.8, 0.95}, .weight_decay = 0.1});
}

TEST_CASE("SGD: values and state are those of torch.optim, over 100 steps") {
    check_equals_torch<SGD<double>>("sgd", SgdOptions{.learning_rate = 0.05, .weight_decay = 0.01});
    check_equals_torch<SGD<double>>("sgd_momentum",
                                    SgdOptions{.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.01});
    check_equals_torch<SGD<double>>(
        "sgd_nesterov",
        SgdOptions{.learning_rate = 0.05, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01});
}
