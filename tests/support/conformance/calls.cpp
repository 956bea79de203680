#include <limits>
#include <map>

#include "support/conformance/cases.hpp"
#include "support/conformance/modules.hpp"
#include "support/conformance/options.hpp"
#include "support/registry/op_registry.hpp"

// The ops by their declarations, with the options that tests/pytorch/torch_ops.py names.
namespace xgrad::conformance {
namespace {

// JSON has no infinity: it is null.
double number(const Options& option) {
    return option.is_null() ? std::numeric_limits<double>::infinity() : option.get<double>();
}
std::ptrdiff_t integer(const Options& option) { return option.get<std::ptrdiff_t>(); }
std::size_t count(const Options& option) { return option.get<std::size_t>(); }
template <class T>
BatchStatistics<T>* no_statistics(const Tensor<T>&) {
    return nullptr;
}
Axes axes(const Options& option) {
    const auto list = option.get<std::vector<std::ptrdiff_t>>();
    return {list.begin(), list.end()};
}
KeepDims keepdims(const Options& options) {
    return options["keepdims"] == true ? KeepDims::yes : KeepDims::no;
}
Transpose transpose_if(const Options& option) { return option == true ? Transpose::yes : Transpose::no; }
Order order(const Options& options) {
    return options["descending"] == true ? Order::descending : Order::ascending;
}
Reduction reduction(const Options& options) {
    const std::string name = options["reduction"];
    return name == "none" ? Reduction::none : name == "sum" ? Reduction::sum : Reduction::mean;
}
PadMode pad_mode(const Options& options) {
    const std::string name = options["mode"];
    return name == "reflect"     ? PadMode::reflect
           : name == "replicate" ? PadMode::replicate
                                 : PadMode::constant;
}
Indices labels(const Options& options) { return options["labels"].get<std::vector<std::int32_t>>(); }
std::optional<std::int32_t> ignored(const Options& options) {
    if (options["ignored"].is_null()) return {};
    return options["ignored"].get<std::int32_t>();
}
template <class T>
Tensor<T> weight(const Options& options) {
    if (options["weight"].is_null()) return {};
    const auto list = options["weight"].get<std::vector<T>>();
    Array<T> values(Shape{list.size()});
    std::copy(list.begin(), list.end(), values.data());
    return Tensor<T>(std::move(values));
}

// The scalar type of a list of Tensors.
template <class X>
using Scalar = typename std::decay_t<X>::value_type::value_type;

// Input i, or an undefined Tensor if there is none.
template <class X>
auto input(const X& x, std::size_t i) {
    return i < x.size() ? x[i] : typename X::value_type();
}

template <class T>
Tensor<T> dropped(const Tensor<T>& x, double p) {
    Rng rng(1);
    return dropout(x, p, rng);
}

// A call in both scalar types, of one generic function.
struct BothCalls {
    Call<float> of_float;
    Call<double> of_double;

    template <class F>
    BothCalls(F f) : of_float(f), of_double(f) {}
};

#define CALL(...) [](const auto& x, [[maybe_unused]] const Options& o) { return __VA_ARGS__; }
const std::map<std::string, BothCalls> calls{
    {"operator+(Tensor, Tensor)", CALL(x[0] + x[1])},
    {"operator+(Tensor, double)", CALL(x[0] + number(o["c"]))},
    {"operator+(double, Tensor)", CALL(number(o["c"]) + x[0])},
    {"operator-(Tensor, Tensor)", CALL(x[0] - x[1])},
    {"operator-(Tensor, double)", CALL(x[0] - number(o["c"]))},
    {"operator-(double, Tensor)", CALL(number(o["c"]) - x[0])},
    {"operator*(Tensor, Tensor)", CALL(x[0] * x[1])},
    {"operator*(Tensor, double)", CALL(x[0] * number(o["c"]))},
    {"operator*(double, Tensor)", CALL(number(o["c"]) * x[0])},
    {"operator/(Tensor, Tensor)", CALL(x[0] / x[1])},
    {"operator/(Tensor, double)", CALL(x[0] / number(o["c"]))},
    {"operator/(double, Tensor)", CALL(number(o["c"]) / x[0])},
    {"operator-(Tensor)", CALL(-x[0])},
    {"exp(Tensor)", CALL(exp(x[0]))},
    {"log(Tensor)", CALL(log(x[0]))},
    {"sqrt(Tensor)", CALL(sqrt(x[0]))},
    {"square(Tensor)", CALL(square(x[0]))},
    {"abs(Tensor)", CALL(abs(x[0]))},
    {"sign(Tensor)", CALL(sign(x[0]))},
    {"rsqrt(Tensor)", CALL(rsqrt(x[0]))},
    {"reciprocal(Tensor)", CALL(reciprocal(x[0]))},
    {"expm1(Tensor)", CALL(expm1(x[0]))},
    {"log1p(Tensor)", CALL(log1p(x[0]))},
    {"sin(Tensor)", CALL(sin(x[0]))},
    {"cos(Tensor)", CALL(cos(x[0]))},
    {"erf(Tensor)", CALL(erf(x[0]))},
    {"silu(Tensor)", CALL(silu(x[0]))},
    {"tanh(Tensor)", CALL(tanh(x[0]))},
    {"sigmoid(Tensor)", CALL(sigmoid(x[0]))},
    {"relu(Tensor)", CALL(relu(x[0]))},
    {"greater(Tensor, Tensor)", CALL(greater(x[0], x[1]))},
    {"greater(Tensor, double)", CALL(greater(x[0], number(o["c"])))},
    {"greater_equal(Tensor, Tensor)", CALL(greater_equal(x[0], x[1]))},
    {"greater_equal(Tensor, double)", CALL(greater_equal(x[0], number(o["c"])))},
    {"less(Tensor, Tensor)", CALL(less(x[0], x[1]))},
    {"less(Tensor, double)", CALL(less(x[0], number(o["c"])))},
    {"less_equal(Tensor, Tensor)", CALL(less_equal(x[0], x[1]))},
    {"less_equal(Tensor, double)", CALL(less_equal(x[0], number(o["c"])))},
    {"equal(Tensor, Tensor)", CALL(equal(x[0], x[1]))},
    {"equal(Tensor, double)", CALL(equal(x[0], number(o["c"])))},
    {"leaky_relu(Tensor, double)", CALL(leaky_relu(x[0], number(o["negative_slope"])))},
    {"elu(Tensor, double)", CALL(elu(x[0], number(o["alpha"])))},
    {"softplus(Tensor, double, double)", CALL(softplus(x[0], number(o["beta"]), number(o["threshold"])))},
    {"gelu(Tensor, Approximate)",
     CALL(gelu(x[0], o["approximate"] == "tanh" ? Approximate::tanh : Approximate::none))},
    {"pow(Tensor, double)", CALL(pow(x[0], number(o["exponent"])))},
    {"pow(Tensor, Tensor)", CALL(pow(x[0], x[1]))},
    {"maximum(Tensor, Tensor)", CALL(maximum(x[0], x[1]))},
    {"minimum(Tensor, Tensor)", CALL(minimum(x[0], x[1]))},
    {"clamp(Tensor, double, double)", CALL(clamp(x[0], number(o["min"]), number(o["max"])))},
    {"where(Tensor, Tensor, Tensor)", CALL(where(x[0], x[1], x[2]))},
    {"where(Tensor, Tensor, double)", CALL(where(x[0], x[1], number(o["c"])))},
    {"where(Tensor, double, Tensor)", CALL(where(x[0], number(o["c"]), x[1]))},
    {"dropout(Tensor, double, Rng)", CALL(dropped(x[0], number(o["p"])))},
    {"sum(Tensor, Axes, KeepDims)", CALL(sum(x[0], axes(o["axes"]), keepdims(o)))},
    {"sum(Tensor)", CALL(sum(x[0]))},
    {"mean(Tensor, Axes, KeepDims)", CALL(mean(x[0], axes(o["axes"]), keepdims(o)))},
    {"mean(Tensor)", CALL(mean(x[0]))},
    {"amax(Tensor, Axes, KeepDims)", CALL(amax(x[0], axes(o["axes"]), keepdims(o)))},
    {"amax(Tensor)", CALL(amax(x[0]))},
    {"amin(Tensor, Axes, KeepDims)", CALL(amin(x[0], axes(o["axes"]), keepdims(o)))},
    {"amin(Tensor)", CALL(amin(x[0]))},
    {"logsumexp(Tensor, Axes, KeepDims)", CALL(logsumexp(x[0], axes(o["axes"]), keepdims(o)))},
    {"logsumexp(Tensor)", CALL(logsumexp(x[0]))},
    {"variance(Tensor, Axes, KeepDims, size_t)",
     CALL(variance(x[0], axes(o["axes"]), keepdims(o), count(o["correction"])))},
    {"variance(Tensor)", CALL(variance(x[0]))},
    {"reshape(Tensor, Shape)", CALL(reshape(x[0], shape(o["shape"])))},
    {"reshape(Tensor, initializer_list<Extent>)", CALL(reshape(x[0], {-1, count(o["last"])}))},
    {"transpose(Tensor, Axes)", CALL(transpose(x[0], axes(o["order"])))},
    {"transpose(Tensor)", CALL(transpose(x[0]))},
    {"broadcast_to(Tensor, Shape)", CALL(broadcast_to(x[0], shape(o["shape"])))},
    {"sum_to(Tensor, Shape)", CALL(sum_to(x[0], shape(o["shape"])))},
    {"squeeze(Tensor)", CALL(squeeze(x[0]))},
    {"squeeze(Tensor, ptrdiff_t)", CALL(squeeze(x[0], integer(o["axis"])))},
    {"unsqueeze(Tensor, ptrdiff_t)", CALL(unsqueeze(x[0], integer(o["axis"])))},
    {"flatten(Tensor, ptrdiff_t, ptrdiff_t)", CALL(flatten(x[0], integer(o["first"]), integer(o["last"])))},
    {"concatenate(vector<Tensor>, ptrdiff_t)", CALL(concatenate(x, integer(o["axis"])))},
    {"stack(vector<Tensor>, ptrdiff_t)", CALL(stack(x, integer(o["axis"])))},
    {"slice(Tensor, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t)",
     CALL(slice(x[0], integer(o["axis"]), integer(o["begin"]), integer(o["end"]), integer(o["step"])))},
    {"split(Tensor, size_t, ptrdiff_t)",
     CALL(split(x[0], count(o["extent"]), integer(o["axis"]))[count(o["part"])])},
    {"split(Tensor, vector<size_t>, ptrdiff_t)",
     CALL(split(x[0], o["extents"].get<std::vector<std::size_t>>(), integer(o["axis"]))[count(o["part"])])},
    {"flip(Tensor, Axes)", CALL(flip(x[0], axes(o["axes"])))},
    {"pad(Tensor, vector<Padding>, PadMode, double)",
     CALL(pad(x[0], o["widths"].get<std::vector<Padding>>(), pad_mode(o), number(o["value"])))},
    {"tile(Tensor, Shape)", CALL(tile(x[0], shape(o["repeats"])))},
    {"triu(Tensor, ptrdiff_t)", CALL(triu(x[0], integer(o["diagonal"])))},
    {"tril(Tensor, ptrdiff_t)", CALL(tril(x[0], integer(o["diagonal"])))},
    {"index_select(Tensor, ptrdiff_t, Indices)", CALL(index_select(x[0], integer(o["axis"]), indices(o)))},
    {"embedding(Indices, Tensor)", CALL(embedding(indices(o), x[0]))},
    {"gather(Tensor, ptrdiff_t, Indices)", CALL(gather(x[0], integer(o["axis"]), indices(o)))},
    {"scatter_add(Tensor, ptrdiff_t, Indices, Tensor)",
     CALL(scatter_add(x[0], integer(o["axis"]), indices(o), x[1]))},
    {"one_hot(Indices, size_t)", CALL(one_hot<Scalar<decltype(x)>>(indices(o), count(o["classes"])))},
    {"masked_fill(Tensor, Tensor, double)", CALL(masked_fill(x[0], x[1], number(o["c"])))},
    {"cumsum(Tensor, ptrdiff_t)", CALL(cumsum(x[0], integer(o["axis"])))},
    {"sort(Tensor, ptrdiff_t, Order)", CALL(sort(x[0], integer(o["axis"]), order(o)).values)},
    {"topk(Tensor, size_t, ptrdiff_t, Order)",
     CALL(topk(x[0], count(o["k"]), integer(o["axis"]), order(o)).values)},
    {"argmax(Tensor, ptrdiff_t, KeepDims)",
     CALL(registry::as_numbers<Scalar<decltype(x)>>(argmax(x[0], integer(o["axis"]), keepdims(o))))},
    {"argmin(Tensor, ptrdiff_t, KeepDims)",
     CALL(registry::as_numbers<Scalar<decltype(x)>>(argmin(x[0], integer(o["axis"]), keepdims(o))))},
    {"matmul(Tensor, Tensor, Transpose, Transpose)",
     CALL(matmul(x[0], x[1], transpose_if(o["transpose_a"]), transpose_if(o["transpose_b"])))},
    {"linear(Tensor, Tensor, Tensor)", CALL(linear(x[0], x[1], input(x, 2)))},
    {"conv2d(Tensor, Tensor, Tensor, Conv2dOptions)",
     CALL(conv2d(x[0], x[1], input(x, 2), conv2d_options(o)))},
    {"conv1d(Tensor, Tensor, Tensor, Conv1dOptions)",
     CALL(conv1d(x[0], x[1], input(x, 2), conv1d_options(o)))},
    {"conv_transpose2d(Tensor, Tensor, Tensor, ConvTranspose2dOptions)",
     CALL(conv_transpose2d(x[0], x[1], input(x, 2), conv_transpose2d_options(o)))},
    {"conv_transpose1d(Tensor, Tensor, Tensor, ConvTranspose1dOptions)",
     CALL(conv_transpose1d(x[0], x[1], input(x, 2),
                           {count(o["stride"]), count(o["padding"]), count(o["dilation"]),
                            count(o["output_padding"]), count(o["groups"])}))},
    {"max_pool2d(Tensor, Pair, MaxPool2dOptions)",
     CALL(max_pool2d(x[0], pair(o["window"]), max_pool2d_options(o)))},
    {"max_pool1d(Tensor, size_t, MaxPool1dOptions)",
     CALL(max_pool1d(
         x[0], count(o["window"]),
         {count(o["stride"]), count(o["padding"]), count(o["dilation"]), o["ceil_mode"] == true}))},
    {"avg_pool2d(Tensor, Pair, AvgPool2dOptions)",
     CALL(avg_pool2d(x[0], pair(o["window"]), avg_pool2d_options(o)))},
    {"avg_pool1d(Tensor, size_t, AvgPool1dOptions)",
     CALL(avg_pool1d(
         x[0], count(o["window"]),
         {count(o["stride"]), count(o["padding"]), o["ceil_mode"] == true, o["count_include_pad"] == true}))},
    {"adaptive_avg_pool2d(Tensor, Pair)", CALL(adaptive_avg_pool2d(x[0], pair(o["extents"])))},
    {"adaptive_avg_pool1d(Tensor, size_t)", CALL(adaptive_avg_pool1d(x[0], count(o["extents"])))},
    {"upsample_nearest2d(Tensor, Pair)", CALL(upsample_nearest2d(x[0], pair(o["extents"])))},
    {"upsample_nearest1d(Tensor, size_t)", CALL(upsample_nearest1d(x[0], count(o["extents"])))},
    {"dot(Tensor, Tensor)", CALL(dot(x[0], x[1]))},
    {"outer(Tensor, Tensor)", CALL(outer(x[0], x[1]))},
    {"einsum(string_view, vector<Tensor>)", CALL(einsum(o["equation"].get<std::string>(), x))},
    {"norm(Tensor, double, Axes, KeepDims)",
     CALL(norm(x[0], number(o["ord"]), axes(o["axes"]), keepdims(o)))},
    {"norm(Tensor, double)", CALL(norm(x[0], number(o["ord"])))},
    {"layer_norm(Tensor, Shape, Tensor, Tensor, double)",
     CALL(layer_norm(x[0], shape(o["normalized"]), input(x, 1), input(x, 2), number(o["epsilon"])))},
    {"rms_norm(Tensor, Shape, Tensor, double)",
     CALL(rms_norm(x[0], shape(o["normalized"]), input(x, 1), number(o["epsilon"])))},
    {"group_norm(Tensor, size_t, Tensor, Tensor, double)",
     CALL(group_norm(x[0], count(o["groups"]), input(x, 1), input(x, 2), number(o["epsilon"])))},
    {"batch_norm(Tensor, Tensor, Tensor, double, BatchStatistics*, Activation)",
     CALL(batch_norm(x[0], x[1], x[2], number(o["epsilon"]), no_statistics(x[0]),
                     o["relu"] == true ? Activation::relu : Activation::none))},
    {"batch_norm(Tensor, Tensor, Tensor, Tensor, Tensor, double)",
     CALL(batch_norm(x[0], x[1], x[2], x[3], x[4], number(o["epsilon"])))},
    {"softmax(Tensor)", CALL(softmax(x[0]))},
    {"log_softmax(Tensor)", CALL(log_softmax(x[0]))},
    {"cross_entropy(Tensor, Indices, Reduction, double, Tensor, optional<int32_t>)",
     CALL(cross_entropy(x[0], labels(o), reduction(o), number(o["label_smoothing"]),
                        weight<Scalar<decltype(x)>>(o), ignored(o)))},
    {"cross_entropy(Tensor, Tensor, Reduction, double, Tensor)",
     CALL(cross_entropy(x[0], x[1], reduction(o), number(o["label_smoothing"]),
                        weight<Scalar<decltype(x)>>(o)))},
    {"nll_loss(Tensor, Indices, Reduction, Tensor, optional<int32_t>)",
     CALL(nll_loss(x[0], labels(o), reduction(o), weight<Scalar<decltype(x)>>(o), ignored(o)))},
    {"cosine_similarity(Tensor, Tensor, ptrdiff_t, double)",
     CALL(cosine_similarity(x[0], x[1], integer(o["axis"])))},
    {"mse_loss(Tensor, Tensor, Reduction)", CALL(mse_loss(x[0], x[1], reduction(o)))},
    {"l1_loss(Tensor, Tensor, Reduction)", CALL(l1_loss(x[0], x[1], reduction(o)))},
    {"smooth_l1_loss(Tensor, Tensor, Reduction, double)",
     CALL(smooth_l1_loss(x[0], x[1], reduction(o), number(o["beta"])))},
    {"huber_loss(Tensor, Tensor, Reduction, double)",
     CALL(huber_loss(x[0], x[1], reduction(o), number(o["delta"])))},
    {"binary_cross_entropy_with_logits(Tensor, Tensor, Reduction)",
     CALL(binary_cross_entropy_with_logits(x[0], x[1], reduction(o)))},
    {"kl_divergence(Tensor, Tensor, Reduction, LogTarget)",
     CALL(kl_divergence(x[0], x[1], reduction(o), o["log_target"] == true ? LogTarget::yes : LogTarget::no))},
};
#undef CALL

}  // namespace

template <>
const Call<float>& call_of(const std::string& op) {
    return calls.at(op).of_float;
}
template <>
const Call<double>& call_of(const std::string& op) {
    return calls.at(op).of_double;
}

}  // namespace xgrad::conformance
