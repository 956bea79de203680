#include <cmath>
#include <memory>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/embedding.hpp>
#include <xgrad/nn/layers/layer_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/observer.hpp>
#include <xgrad/nn/renew_statistics.hpp>
#include <xgrad/nn/sequential.hpp>
#include "support/registry/invalid.hpp"

// The modules, and the state functions that all modules share.
namespace xgrad::registry {
namespace {

std::vector<Refusals> of_linear() {
    const auto make = [](std::size_t in, std::size_t out) {
        return [=]<class T>(Zeros<T>) {
            Rng rng(1);
            Linear<T>(in, out, rng);
        };
    };
    const auto call = [](const Shape& shape) {
        return [shape]<class T>(Zeros<T> zeros) {
            Rng rng(1);
            Linear<T>(3, 2, rng)(zeros(shape));
        };
    };
    return {
        {"Linear::Linear",
         {invalid<ValueError>("Linear: expected at least one input and one output, got 0 and 2", make(0, 2)),
          invalid<ValueError>("Linear: expected at least one input and one output, got 2 and 0", make(2, 0)),
          invalid<ShapeError>(too_large("initialized_weight"), make(huge, huge)),
          invalid<ValueError>("initialized_weight: the initializer is empty",
                              []<class T>(Zeros<T>) {
                                  Rng rng(1);
                                  Linear<T>(2, 2, rng, {.weight = nullptr});
                              })}},
        {"Linear::forward",
         {invalid<ShapeError>("Linear: linear: expected x (..., 3), got (5, 4): 3 != 4", call({5, 4})),
          invalid<ShapeError>("Linear: linear: expected x (..., 3), got (0, 4): 3 != 4", call({0, 4})),
          invalid<ShapeError>("Linear: linear: expected x (..., 3), got ()", call({})),
          invalid<GraphError>("Linear: " + undefined,
                              []<class T>(Zeros<T>) {
                                  Rng rng(1);
                                  Linear<T>(3, 2, rng)(Tensor<T>());
                              }),
          invalid<GraphError>("Linear: " + undefined,
                              []<class T>(Zeros<T> zeros) {  // a module that was moved from
                                  Rng rng(1);
                                  Linear<T> layer(3, 2, rng);
                                  const Linear<T> moved = std::move(layer);
                                  layer(zeros({1, 3}));  // NOLINT(bugprone-use-after-move)
                              })}}};
}

std::vector<Refusals> of_batch_norm() {
    const auto make = [](std::size_t features, const BatchNormOptions& options = {}) {
        return [=]<class T>(Zeros<T>) { BatchNorm1d<T>(features, options); };
    };
    const auto train = [](const Shape& shape) {
        return [shape]<class T>(Zeros<T> zeros) { BatchNorm1d<T>(3)(zeros(shape)); };
    };
    const auto evaluate = [](const Shape& shape) {
        return [shape]<class T>(Zeros<T> zeros) {
            BatchNorm1d<T> layer(3);
            layer.eval();
            layer(zeros(shape));
        };
    };
    const auto too_few = [](const std::string& shape) {
        return "BatchNorm1d: training needs a batch of at least 2 to normalize with, got " + shape +
               "; for a single row call eval() first";
    };
    return {
        {"BatchNorm1d::BatchNorm1d",
         {invalid<ValueError>("BatchNorm1d: expected at least one feature, got 0", make(0)),
          invalid<ShapeError>(too_large("zeros", "(1152921504606846976)"), make(std::size_t{1} << 60)),
          invalid<ValueError>("BatchNorm1d: epsilon must be finite and positive, got 0",
                              make(3, {.epsilon = 0})),
          invalid<ValueError>("BatchNorm1d: epsilon must be finite and positive, got -1e-05",
                              make(3, {.epsilon = -1e-5})),
          invalid<ValueError>("BatchNorm1d: epsilon must be finite and positive, got inf",
                              make(3, {.epsilon = INFINITY})),
          invalid<ValueError>("BatchNorm1d: epsilon must be finite and positive, got nan",
                              make(3, {.epsilon = NAN})),
          invalid<ValueError>("BatchNorm1d: momentum must lie in [0, 1], got -0.1",
                              make(3, {.momentum = -0.1})),
          invalid<ValueError>("BatchNorm1d: momentum must lie in [0, 1], got 2", make(3, {.momentum = 2})),
          invalid<ValueError>("BatchNorm1d: momentum must lie in [0, 1], got nan",
                              make(3, {.momentum = NAN}))}},
        {"BatchNorm::set_momentum",
         {invalid<ValueError>("BatchNorm1d: momentum must lie in [0, 1], got -1",
                              []<class T>(Zeros<T>) { BatchNorm1d<T>(3).set_momentum(-1); })}},
        {"renew_statistics",
         {invalid<ValueError>(
              "renew_statistics: no batch has passed through BatchNorm1d: call the net in `run`",
              []<class T>(Zeros<T>) {
                  BatchNorm1d<T> layer(3);
                  renew_statistics(layer, [] {});
              }),
          invalid<ValueError>(
              "renew_statistics: no batch has passed through BatchNorm1d 1: call the net in `run`",
              []<class T>(Zeros<T> zeros) {
                  Sequential<T> net{BatchNorm1d<T>(3), BatchNorm1d<T>(3)};
                  renew_statistics(net, [&] { net[0](zeros({2, 3})); });
              })}},
        {"BatchNorm1d::forward",
         {invalid<ShapeError>(too_few("(1, 3)"), train({1, 3})),
          invalid<ShapeError>(too_few("(0, 3)"), train({0, 3})),
          invalid<ShapeError>(
              "BatchNorm1d: batch_norm: expected x (batch, 3) for gamma (3), got (4, 2): 3 != 2",
              train({4, 2})),
          invalid<ShapeError>(
              "BatchNorm1d: expected x (batch, 3), got (4, 2): 3 != 2",
              []<class T>(Zeros<T> zeros) { BatchNorm1d<T>(3, {.affine = false})(zeros({4, 2})); }),
          invalid<ShapeError>(
              "BatchNorm1d: batch_norm: expected x (batch, 3) for mean (3), got (4, 2): 3 != 2",
              evaluate({4, 2})),
          invalid<ShapeError>("BatchNorm1d: expected x (batch, 3) or (batch, 3, length), got (3)",
                              train({3})),
          invalid<ShapeError>("BatchNorm1d: expected x (batch, 3) or (batch, 3, length), got (4, 3, 1, 1)",
                              evaluate({4, 3, 1, 1})),
          invalid<ShapeError>(
              "BatchNorm1d: batch_norm: expected x (batch, 3, ...) for gamma (3), got (4, 2, 5): 3 != 2",
              train({4, 2, 5})),
          invalid<ShapeError>(
              "BatchNorm1d: training needs at least 2 elements of a channel to normalize with, got (1, 3, 1); for a single element call eval() first",
              train({1, 3, 1})),
          invalid<ShapeError>(
              "BatchNorm1d: expected x (batch, 3, ...), got (4, 2, 5): 3 != 2",
              []<class T>(Zeros<T> zeros) { BatchNorm1d<T>(3, {.affine = false})(zeros({4, 2, 5})); }),
          invalid<GraphError>("BatchNorm1d: " + undefined,
                              []<class T>(Zeros<T>) { BatchNorm1d<T>(3)(Tensor<T>()); })}}};
}

// The modules that take any Tensor.
template <template <class> class M>
Refusals of_any_tensor(const std::string& kind) {
    return {kind + "::forward",
            {invalid<GraphError>(kind + ": " + undefined, []<class T>(Zeros<T>) { M<T>()(Tensor<T>()); })}};
}

std::vector<Refusals> of_activations() {
    return {of_any_tensor<Identity>("Identity"),
            of_any_tensor<ReLU>("ReLU"),
            of_any_tensor<Tanh>("Tanh"),
            of_any_tensor<Sigmoid>("Sigmoid"),
            of_any_tensor<LeakyReLU>("LeakyReLU"),
            of_any_tensor<ELU>("ELU"),
            of_any_tensor<GELU>("GELU"),
            of_any_tensor<SiLU>("SiLU"),
            {"Lambda::Lambda",
             {invalid<ValueError>("Lambda: the function is empty",
                                  []<class T>(Zeros<T>) { Lambda<T>(nullptr); })}},
            {"Flatten::forward",
             {invalid<ShapeError>("Flatten: flatten: axis 1 is out of range for an array with 1 axis",
                                  []<class T>(Zeros<T> zeros) { Flatten<T>()(zeros({3})); })}},
            {"Unflatten::result",
             {invalid<ShapeError>("cannot view axis 1 of (2, 10) as (3, 4): 10 elements, not 12",
                                  []<class T>(Zeros<T>) { (void)Unflatten<T>(1, {3, 4}).result({2, 10}); })}},
            {"Unflatten::forward",
             {invalid<ShapeError>("Unflatten: cannot view axis -1 of (2, 10) as (3, 4): 10 elements, not 12",
                                  []<class T>(Zeros<T> zeros) { Unflatten<T>(-1, {3, 4})(zeros({2, 10})); }),
              invalid<ShapeError>("Unflatten: unflatten: axis 2 is out of range for an array with 2 axes",
                                  []<class T>(Zeros<T> zeros) { Unflatten<T>(2, {3, 4})(zeros({2, 12})); })}},
            {"Softmax::forward",
             {invalid<ShapeError>("Softmax: softmax: expected at least one axis, got shape ()",
                                  []<class T>(Zeros<T> zeros) { Softmax<T>()(zeros({})); })}},
            {"LogSoftmax::forward",
             {invalid<ShapeError>("LogSoftmax: log_softmax: expected at least one axis, got shape ()",
                                  []<class T>(Zeros<T> zeros) { LogSoftmax<T>()(zeros({})); })}},
            {"Softplus::forward",
             {invalid<ValueError>("Softplus: softplus: expected a finite beta > 0, got 0",
                                  []<class T>(Zeros<T> zeros) { Softplus<T>(0)(zeros({2})); })}},
            {"Dropout::Dropout",
             {invalid<ValueError>("Dropout: p must be in [0, 1], got -0.5",
                                  []<class T>(Zeros<T>) {
                                      Rng rng(1);
                                      Dropout<T>(-0.5, rng);
                                  })}},
            {"Dropout::forward", {invalid<GraphError>("Dropout: " + undefined, []<class T>(Zeros<T>) {
                 Rng rng(1);
                 Dropout<T>(0.5, rng)(Tensor<T>());
             })}}};
}

std::vector<Refusals> of_normalization() {
    return {
        {"LayerNorm::LayerNorm",
         {invalid<ShapeError>("LayerNorm: nothing to normalize: the normalized shape is ()",
                              []<class T>(Zeros<T>) { LayerNorm<T>(Shape{}); }),
          invalid<ValueError>("LayerNorm: epsilon must be finite and positive, got 0",
                              []<class T>(Zeros<T>) { LayerNorm<T>(Shape{3}, {.epsilon = 0}); })}},
        {"LayerNorm::forward",
         {invalid<ShapeError>("LayerNorm: layer_norm: x (3, 2) does not end in the normalized shape (3)",
                              []<class T>(Zeros<T> zeros) { LayerNorm<T>(Shape{3})(zeros({3, 2})); })}},
        {"RMSNorm::RMSNorm",
         {invalid<ShapeError>("RMSNorm: nothing to normalize: the normalized shape is (2, 0)",
                              []<class T>(Zeros<T>) { RMSNorm<T>(Shape{2, 0}); }),
          invalid<ValueError>("RMSNorm: epsilon must be finite and positive, got -1",
                              []<class T>(Zeros<T>) { RMSNorm<T>(Shape{3}, {.epsilon = -1}); })}},
        {"RMSNorm::forward",
         {invalid<ShapeError>("RMSNorm: rms_norm: x (3, 2) does not end in the normalized shape (3)",
                              []<class T>(Zeros<T> zeros) { RMSNorm<T>(Shape{3})(zeros({3, 2})); })}},
        {"GroupNorm::GroupNorm",
         {invalid<ValueError>("GroupNorm: expected channels that are a multiple of the groups, got 4 and 3",
                              []<class T>(Zeros<T>) { GroupNorm<T>(3, 4); }),
          invalid<ValueError>("GroupNorm: epsilon must be finite and positive, got nan",
                              []<class T>(Zeros<T>) { GroupNorm<T>(2, 4, {.epsilon = NAN}); })}},
        {"GroupNorm::forward",
         {invalid<ShapeError>("GroupNorm: expected x (batch, 4, ...), got (2, 6): 4 != 6",
                              []<class T>(Zeros<T> zeros) { GroupNorm<T>(2, 4)(zeros({2, 6})); }),
          invalid<ShapeError>("GroupNorm: group_norm: expected x (batch, channels, ...), got (4)",
                              []<class T>(Zeros<T> zeros) { GroupNorm<T>(2, 4)(zeros({4})); })}}};
}

std::vector<Refusals> of_embedding() {
    const auto called_with_tensor = invalid<ValueError>(
        "Embedding: this module takes other inputs than one Tensor: use its own call operator",
        []<class T>(Zeros<T> zeros) {
            Rng rng(1);
            Embedding<T> layer(3, 2, rng);
            static_cast<Module<T>&>(layer)(zeros({2}));
        });
    return {{"Embedding::Embedding",
             {invalid<ValueError>("Embedding: expected at least one class and one feature, got 0 and 2",
                                  []<class T>(Zeros<T>) {
                                      Rng rng(1);
                                      Embedding<T>(0, 2, rng);
                                  })}},
            {"Embedding::operator()",
             {invalid<ValueError>("Embedding: embedding: index[1] is 3, outside [0, 3)",
                                  []<class T>(Zeros<T>) {
                                      Rng rng(1);
                                      Embedding<T>(3, 2, rng)({0, 3});
                                  })}},
            {"Embedding::forward", {called_with_tensor}},
            {"Module::forward", {called_with_tensor}},
            {"Module::set_requires_grad",
             {invalid<ValueError>("set_requires_grad: no parameter has a name like 'body.*'",
                                  []<class T>(Zeros<T>) {
                                      Rng rng(1);
                                      Linear<T>(3, 2, rng).set_requires_grad(RequiresGrad::no, "body.*");
                                  })}},
            {"Observer::Observer",
             {invalid<ValueError>("Observer: no module has a path like 'body.*'",
                                  []<class T>(Zeros<T>) {
                                      ReLU<T> relu;
                                      Observer<T>(relu, "body.*");
                                  })}},
            {"Residual::Residual",
             {invalid<ValueError>("Residual: the module is null",
                                  []<class T>(Zeros<T>) { Residual<T>(std::unique_ptr<Module<T>>()); })}},
            {"Residual::forward",
             {invalid<ShapeError>("Residual: x has shape (1, 3), but f(x) has (1, 2)",
                                  []<class T>(Zeros<T> zeros) {
                                      Rng rng(1);
                                      Residual<T>(Linear<T>(3, 2, rng))(zeros({1, 3}));
                                  }),
              invalid<ShapeError>("Residual: g(x) has shape (1, 4), but f(x) has (1, 2)",
                                  []<class T>(Zeros<T> zeros) {
                                      Rng rng(1);
                                      Residual<T>(Linear<T>(3, 2, rng), Linear<T>(3, 4, rng))(zeros({1, 3}));
                                  })}}};
}

std::vector<Refusals> of_sequential() {
    return {
        {"Sequential::add",
         {invalid<ValueError>("Sequential::add: the module is null",
                              []<class T>(Zeros<T>) { Sequential<T>().add(std::unique_ptr<Module<T>>()); })}},
        {"Sequential::operator[]",
         {invalid<ValueError>("Sequential: no module at position 2: there are 2",
                              []<class T>(Zeros<T>) { Sequential{ReLU<T>(), ReLU<T>()}[2]; })}},
        {"Sequential::forward",
         {invalid<ValueError>("Sequential: it is empty: add modules before it is called",
                              []<class T>(Zeros<T> zeros) { Sequential<T>()(zeros({2, 3})); }),
          invalid<ValueError>("encoder.1.Sequential: it is empty: add modules before it is called",
                              []<class T>(Zeros<T> zeros) {
                                  Sequential<T> net{ReLU<T>(), Sequential<T>()};
                                  net.set_name("encoder");
                                  net(zeros({2, 3}));
                              }),
          invalid<ShapeError>(
              "1.Linear: linear: expected x (..., 3), got (5, 4): 3 != 4; its input comes from 0.ReLU",
              []<class T>(Zeros<T> zeros) {
                  Rng rng(1);
                  Sequential{ReLU<T>(), Linear<T>(3, 2, rng)}(zeros({5, 4}));
              }),
          invalid<GraphError>("0.ReLU: " + undefined,
                              []<class T>(Zeros<T>) { Sequential{ReLU<T>()}(Tensor<T>()); })}}};
}

// A module that lists a name twice.
template <class T>
class Doubled final : public Module<T> {
public:
    std::string kind() const override { return "Doubled"; }
    void visit(StateVisitor<T>& state) override {
        state.parameter("weight", weight_);
        state.buffer("weight", weight_);
    }
    std::unique_ptr<Module<T>> clone() const override { return with_state_of(*this, Doubled()); }

protected:
    Tensor<T> forward(const Tensor<T>& x) override { return x; }

private:
    Tensor<T> weight_ = zeros<T>({2});
};

// Two names of one parameter.
template <class T>
class Tied final : public Module<T> {
public:
    std::string kind() const override { return "Tied"; }
    void visit(StateVisitor<T>& state) override {
        state.parameter("0.weight", first_);
        state.parameter("1.weight", second_);
    }
    std::unique_ptr<Module<T>> clone() const override { return with_state_of(*this, Tied()); }

private:
    Tensor<T> first_ = zeros<T>({2}), second_ = first_;
};

std::vector<Refusals> of_state() {
    return {
        {"Module::state_dict",
         {invalid<StateError>("state_dict: visit lists weight twice",
                              []<class T>(Zeros<T>) { (void)Doubled<T>().state_dict(); })}},
        {"Module::load_state_dict",
         {invalid<StateError>("load_state_dict: nothing was loaded: visit lists weight twice",
                              []<class T>(Zeros<T>) {
                                  Doubled<T>().load_state_dict({{"weight", Array<T>(Shape{2}, T{0})}});
                              }),
          invalid<StateError>("load_state_dict: nothing was loaded: renamed, two entries are weight",
                              []<class T>(Zeros<T>) {
                                  const Array<T> w(Shape{2}, T{0});
                                  Tied<T>().load_state_dict({{"ema.weight", w}, {"weight", w}},
                                                            {.rename_prefix = {"ema.", ""},
                                                             .allow_missing = true,
                                                             .allow_unexpected = true});
                              }),
          invalid<StateError>("load_state_dict: nothing was loaded: unexpected 0.weight; unexpected steps",
                              []<class T>(Zeros<T>) {
                                  ReLU<T>().load_state_dict(
                                      {{"0.weight", Array<T>(Shape{2}, T{0})}, {"steps", std::int64_t{3}}});
                              }),
          invalid<StateError>(
              "load_state_dict: nothing was loaded: weight: expected shape (2), got (2, 1); missing bias; running_mean: expected an array, got an integer; num_batches_tracked: expected an integer, got an array of shape ()",
              []<class T>(Zeros<T>) {
                  BatchNorm1d<T> layer(2);
                  StateDict<T> state = layer.state_dict();
                  state["weight"] = Array<T>(Shape{2, 1}, T{0});
                  state.erase("bias");
                  state["running_mean"] = std::int64_t{3};
                  state["num_batches_tracked"] = Array<T>(Shape{}, T{5});
                  layer.load_state_dict(state);
              }),
          invalid<StateError>(
              "load_state_dict: nothing was loaded: 0.weight and 1.weight are tied, but their values differ",
              []<class T>(Zeros<T>) {
                  Tied<T> net;
                  StateDict<T> state = net.state_dict();
                  state["1.weight"] = Array<T>(Shape{2}, T{7});
                  net.load_state_dict(state);
              })}},
        {"Module::copy_from",
         {invalid<StateError>("copy_from: expected 1 modules, as in this one, got 2",
                              []<class T>(Zeros<T>) { ReLU<T>().copy_from(Sequential{ReLU<T>()}); }),
          invalid<StateError>("copy_from: the generators have other names than those of this module",
                              []<class T>(Zeros<T>) {
                                  Rng rng(1);
                                  Sequential<T>{Dropout<T>(0.5, rng)}.copy_from(Sequential<T>{ReLU<T>()});
                              }),
          invalid<StateError>(
              "load_state_dict: nothing was loaded: weight: expected shape (2), got (3); bias: expected shape (2), got (3); running_mean: expected shape (2), got (3); running_var: expected shape (2), got (3)",
              []<class T>(Zeros<T>) { BatchNorm1d<T>(2).copy_from(BatchNorm1d<T>(3)); })}}};
}

}  // namespace

std::vector<Refusals> module_refusals() {
    std::vector<Refusals> all;
    for (const auto& more : {of_activations(), of_linear(), of_batch_norm(), of_normalization(),
                             of_embedding(), of_sequential(), of_state()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace xgrad::registry
