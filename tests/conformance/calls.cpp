#include <limits>
#include <map>

#include "conformance/cases.hpp"
#include "support/registry/op_registry.hpp"

// The ops by their declarations, with the options that tests/pytorch/conformance.py gives.
namespace xgrad::conformance {
namespace {

using Options = nlohmann::json;

// JSON has no infinity: it is null.
double number(const Options& option) {
    return option.is_null() ? std::numeric_limits<double>::infinity() : option.get<double>();
}

// A call in both scalar types, of one generic function.
struct BothCalls {
    Call<float> of_float;
    Call<double> of_double;

    template <class F>
    BothCalls(F f) : of_float(f), of_double(f) {}
};

Reduction reduction(const Options& options) {
    const std::string name = options["reduction"];
    return name == "none" ? Reduction::none : name == "sum" ? Reduction::sum : Reduction::mean;
}

Indices indices(const Options& options) { return options["index"].get<std::vector<std::int32_t>>(); }

Order order(const Options& options) {
    return options["descending"] == true ? Order::descending : Order::ascending;
}

// The scalar type of a list of Tensors.
template <class X>
using Scalar = typename std::decay_t<X>::value_type::value_type;

const std::map<std::string, BothCalls> calls{
    {"operator+(Tensor, Tensor)", [](const auto& x, const Options&) { return x[0] + x[1]; }},
    {"operator-(Tensor, Tensor)", [](const auto& x, const Options&) { return x[0] - x[1]; }},
    {"operator*(Tensor, Tensor)", [](const auto& x, const Options&) { return x[0] * x[1]; }},
    {"operator/(Tensor, Tensor)", [](const auto& x, const Options&) { return x[0] / x[1]; }},
    {"operator+(Tensor, double)", [](const auto& x, const Options& o) { return x[0] + number(o["c"]); }},
    {"operator+(double, Tensor)", [](const auto& x, const Options& o) { return number(o["c"]) + x[0]; }},
    {"operator-(Tensor, double)", [](const auto& x, const Options& o) { return x[0] - number(o["c"]); }},
    {"operator-(double, Tensor)", [](const auto& x, const Options& o) { return number(o["c"]) - x[0]; }},
    {"operator*(Tensor, double)", [](const auto& x, const Options& o) { return x[0] * number(o["c"]); }},
    {"operator*(double, Tensor)", [](const auto& x, const Options& o) { return number(o["c"]) * x[0]; }},
    {"operator/(Tensor, double)", [](const auto& x, const Options& o) { return x[0] / number(o["c"]); }},
    {"operator/(double, Tensor)", [](const auto& x, const Options& o) { return number(o["c"]) / x[0]; }},
    {"operator-(Tensor)", [](const auto& x, const Options&) { return -x[0]; }},
    {"exp(Tensor)", [](const auto& x, const Options&) { return exp(x[0]); }},
    {"log(Tensor)", [](const auto& x, const Options&) { return log(x[0]); }},
    {"sqrt(Tensor)", [](const auto& x, const Options&) { return sqrt(x[0]); }},
    {"square(Tensor)", [](const auto& x, const Options&) { return square(x[0]); }},
    {"abs(Tensor)", [](const auto& x, const Options&) { return abs(x[0]); }},
    {"sign(Tensor)", [](const auto& x, const Options&) { return sign(x[0]); }},
    {"rsqrt(Tensor)", [](const auto& x, const Options&) { return rsqrt(x[0]); }},
    {"reciprocal(Tensor)", [](const auto& x, const Options&) { return reciprocal(x[0]); }},
    {"expm1(Tensor)", [](const auto& x, const Options&) { return expm1(x[0]); }},
    {"log1p(Tensor)", [](const auto& x, const Options&) { return log1p(x[0]); }},
    {"sin(Tensor)", [](const auto& x, const Options&) { return sin(x[0]); }},
    {"cos(Tensor)", [](const auto& x, const Options&) { return cos(x[0]); }},
    {"erf(Tensor)", [](const auto& x, const Options&) { return erf(x[0]); }},
    {"silu(Tensor)", [](const auto& x, const Options&) { return silu(x[0]); }},
    {"leaky_relu(Tensor, double)",
     [](const auto& x, const Options& o) { return leaky_relu(x[0], number(o["slope"])); }},
    {"elu(Tensor, double)", [](const auto& x, const Options& o) { return elu(x[0], number(o["alpha"])); }},
    {"softplus(Tensor, double, double)",
     [](const auto& x, const Options& o) {
         return softplus(x[0], number(o["beta"]), number(o["threshold"]));
     }},
    {"gelu(Tensor, Approximate)",
     [](const auto& x, const Options& o) {
         return gelu(x[0], o["approximate"] == "tanh" ? Approximate::tanh : Approximate::none);
     }},
    {"where(Tensor, Tensor, double)",
     [](const auto& x, const Options& o) { return where(x[0], x[1], number(o["c"])); }},
    {"where(Tensor, double, Tensor)",
     [](const auto& x, const Options& o) { return where(x[0], number(o["c"]), x[1]); }},
    {"greater(Tensor, Tensor)", [](const auto& x, const Options&) { return greater(x[0], x[1]); }},
    {"greater(Tensor, double)",
     [](const auto& x, const Options& o) { return greater(x[0], number(o["c"])); }},
    {"greater_equal(Tensor, Tensor)",
     [](const auto& x, const Options&) { return greater_equal(x[0], x[1]); }},
    {"greater_equal(Tensor, double)",
     [](const auto& x, const Options& o) { return greater_equal(x[0], number(o["c"])); }},
    {"less(Tensor, Tensor)", [](const auto& x, const Options&) { return less(x[0], x[1]); }},
    {"less(Tensor, double)", [](const auto& x, const Options& o) { return less(x[0], number(o["c"])); }},
    {"less_equal(Tensor, Tensor)", [](const auto& x, const Options&) { return less_equal(x[0], x[1]); }},
    {"less_equal(Tensor, double)",
     [](const auto& x, const Options& o) { return less_equal(x[0], number(o["c"])); }},
    {"equal(Tensor, Tensor)", [](const auto& x, const Options&) { return equal(x[0], x[1]); }},
    {"equal(Tensor, double)", [](const auto& x, const Options& o) { return equal(x[0], number(o["c"])); }},
    {"pow(Tensor, double)", [](const auto& x, const Options& o) { return pow(x[0], number(o["exponent"])); }},
    {"pow(Tensor, Tensor)", [](const auto& x, const Options&) { return pow(x[0], x[1]); }},
    {"tanh(Tensor)", [](const auto& x, const Options&) { return tanh(x[0]); }},
    {"sigmoid(Tensor)", [](const auto& x, const Options&) { return sigmoid(x[0]); }},
    {"relu(Tensor)", [](const auto& x, const Options&) { return relu(x[0]); }},
    {"maximum(Tensor, Tensor)", [](const auto& x, const Options&) { return maximum(x[0], x[1]); }},
    {"minimum(Tensor, Tensor)", [](const auto& x, const Options&) { return minimum(x[0], x[1]); }},
    {"clamp(Tensor, double, double)",
     [](const auto& x, const Options& o) { return clamp(x[0], number(o["min"]), number(o["max"])); }},
    {"where(Tensor, Tensor, Tensor)", [](const auto& x, const Options&) { return where(x[0], x[1], x[2]); }},
    {"sum(Tensor, Axes, KeepDims)", [](const auto& x, const Options&) { return sum(x[0], {1}); }},
    {"sum(Tensor)", [](const auto& x, const Options&) { return sum(x[0]); }},
    {"mean(Tensor, Axes, KeepDims)", [](const auto& x, const Options&) { return mean(x[0], {1}); }},
    {"mean(Tensor)", [](const auto& x, const Options&) { return mean(x[0]); }},
    {"variance(Tensor, Axes, KeepDims, size_t)",
     [](const auto& x, const Options&) { return variance(x[0], {1}); }},
    {"variance(Tensor)", [](const auto& x, const Options&) { return variance(x[0]); }},
    {"amax(Tensor, Axes, KeepDims)", [](const auto& x, const Options&) { return amax(x[0], {1}); }},
    {"amax(Tensor)", [](const auto& x, const Options&) { return amax(x[0]); }},
    {"amin(Tensor, Axes, KeepDims)", [](const auto& x, const Options&) { return amin(x[0], {1}); }},
    {"amin(Tensor)", [](const auto& x, const Options&) { return amin(x[0]); }},
    {"logsumexp(Tensor, Axes, KeepDims)", [](const auto& x, const Options&) { return logsumexp(x[0], {1}); }},
    {"logsumexp(Tensor)", [](const auto& x, const Options&) { return logsumexp(x[0]); }},
    {"reshape(Tensor, Shape)", [](const auto& x, const Options&) { return reshape(x[0], {2, 5}); }},
    {"transpose(Tensor, Axes)", [](const auto& x, const Options&) { return transpose(x[0], {1, 0}); }},
    {"transpose(Tensor)", [](const auto& x, const Options&) { return transpose(x[0]); }},
    {"broadcast_to(Tensor, Shape)",
     [](const auto& x, const Options&) { return broadcast_to(x[0], {3, 10}); }},
    {"sum_to(Tensor, Shape)",
     [](const auto& x, const Options&) { return sum_to(x[0], {x[0].shape()[0], 1}); }},
    {"concatenate(vector<Tensor>, ptrdiff_t)", [](const auto& x, const Options&) { return concatenate(x); }},
    {"slice(Tensor, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t)",
     [](const auto& x, const Options&) { return slice(x[0], 0, 1, 8, 2); }},
    {"stack(vector<Tensor>, ptrdiff_t)", [](const auto& x, const Options&) { return stack(x, 1); }},
    {"split(Tensor, size_t, ptrdiff_t)", [](const auto& x, const Options&) { return split(x[0], 4)[1]; }},
    {"split(Tensor, vector<size_t>, ptrdiff_t)",
     [](const auto& x, const Options&) { return split(x[0], {3, 7})[1]; }},
    {"reshape(Tensor, initializer_list<Extent>)",
     [](const auto& x, const Options&) { return reshape(x[0], {-1, 5}); }},
    {"squeeze(Tensor)", [](const auto& x, const Options&) { return squeeze(x[0]); }},
    {"squeeze(Tensor, ptrdiff_t)", [](const auto& x, const Options&) { return squeeze(x[0], 0); }},
    {"unsqueeze(Tensor, ptrdiff_t)", [](const auto& x, const Options&) { return unsqueeze(x[0], 1); }},
    {"flatten(Tensor, ptrdiff_t, ptrdiff_t)", [](const auto& x, const Options&) { return flatten(x[0]); }},
    {"flip(Tensor, Axes)", [](const auto& x, const Options&) { return flip(x[0], {0}); }},
    {"pad(Tensor, vector<Padding>, PadMode, double)",
     [](const auto& x, const Options& o) {
         return pad(x[0], {{2, 1}},
                    o["mode"] == "constant"  ? PadMode::constant
                    : o["mode"] == "reflect" ? PadMode::reflect
                                             : PadMode::replicate);
     }},
    {"tile(Tensor, Shape)", [](const auto& x, const Options&) { return tile(x[0], {2}); }},
    {"triu(Tensor, ptrdiff_t)", [](const auto& x, const Options&) { return triu(x[0], 1); }},
    {"tril(Tensor, ptrdiff_t)", [](const auto& x, const Options&) { return tril(x[0]); }},
    {"index_select(Tensor, ptrdiff_t, Indices)",
     [](const auto& x, const Options& o) { return index_select(x[0], 0, indices(o)); }},
    {"embedding(Indices, Tensor)",
     [](const auto& x, const Options& o) { return embedding(indices(o), x[0]); }},
    {"gather(Tensor, ptrdiff_t, Indices)",
     [](const auto& x, const Options& o) { return gather(x[0], 0, indices(o)); }},
    {"scatter_add(Tensor, ptrdiff_t, Indices, Tensor)",
     [](const auto& x, const Options& o) { return scatter_add(x[0], 0, indices(o), x[1]); }},
    {"one_hot(Indices, size_t)",
     [](const auto& x, const Options& o) { return one_hot<Scalar<decltype(x)>>(indices(o), 3); }},
    {"masked_fill(Tensor, Tensor, double)",
     [](const auto& x, const Options& o) { return masked_fill(x[0], x[1], number(o["c"])); }},
    {"cumsum(Tensor, ptrdiff_t)", [](const auto& x, const Options&) { return cumsum(x[0], 1); }},
    {"sort(Tensor, ptrdiff_t, Order)",
     [](const auto& x, const Options& o) { return sort(x[0], 1, order(o)).values; }},
    {"topk(Tensor, size_t, ptrdiff_t, Order)",
     [](const auto& x, const Options& o) { return topk(x[0], 1, 1, order(o)).values; }},
    {"argmax(Tensor, ptrdiff_t, KeepDims)",
     [](const auto& x, const Options&) {
         return registry::as_numbers<Scalar<decltype(x)>>(argmax(x[0], 1));
     }},
    {"argmin(Tensor, ptrdiff_t, KeepDims)",
     [](const auto& x, const Options&) {
         return registry::as_numbers<Scalar<decltype(x)>>(argmin(x[0], 1));
     }},
    {"matmul(Tensor, Tensor, Transpose, Transpose)",
     [](const auto& x, const Options&) { return matmul(x[0], x[1], Transpose::no, Transpose::yes); }},
    {"linear(Tensor, Tensor, Tensor)",
     [](const auto& x, const Options&) { return linear(x[0], x[1], x[2]); }},
    {"batch_norm(Tensor, Tensor, Tensor, double, BatchStatistics*)",
     [](const auto& x, const Options&) { return batch_norm(x[0], x[1], x[2]); }},
    {"batch_norm(Tensor, Tensor, Tensor, Tensor, Tensor, double)",
     [](const auto& x, const Options&) { return batch_norm(x[0], x[1], x[2], x[3], x[4]); }},
    {"softmax(Tensor)", [](const auto& x, const Options&) { return softmax(x[0]); }},
    {"log_softmax(Tensor)", [](const auto& x, const Options&) { return log_softmax(x[0]); }},
    {"cross_entropy(Tensor, Indices)",
     [](const auto& x, const Options& o) {
         return cross_entropy(x[0], Indices{o["label"].get<std::int32_t>()});
     }},
    {"mse_loss(Tensor, Tensor, Reduction)",
     [](const auto& x, const Options& o) { return mse_loss(x[0], x[1], reduction(o)); }},
    {"l1_loss(Tensor, Tensor, Reduction)",
     [](const auto& x, const Options& o) { return l1_loss(x[0], x[1], reduction(o)); }},
    {"smooth_l1_loss(Tensor, Tensor, Reduction, double)",
     [](const auto& x, const Options& o) {
         return smooth_l1_loss(x[0], x[1], reduction(o), number(o["beta"]));
     }},
    {"huber_loss(Tensor, Tensor, Reduction, double)",
     [](const auto& x, const Options& o) {
         return huber_loss(x[0], x[1], reduction(o), number(o["delta"]));
     }},
    {"binary_cross_entropy_with_logits(Tensor, Tensor, Reduction)",
     [](const auto& x, const Options& o) {
         return binary_cross_entropy_with_logits(x[0], x[1], reduction(o));
     }},
    {"kl_divergence(Tensor, Tensor, Reduction, LogTarget)",
     [](const auto& x, const Options& o) {
         return kl_divergence(x[0], x[1], reduction(o),
                              o["log_target"] == true ? LogTarget::yes : LogTarget::no);
     }},
};

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
