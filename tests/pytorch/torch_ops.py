"""PyTorch's functions by xgrad's declarations: of the inputs, and of the options by name."""
import torch
from torch.nn import functional

COMPARISONS = {"greater": torch.gt, "greater_equal": torch.ge, "less": torch.lt, "less_equal": torch.le, "equal": torch.eq}


def compared(function):
    return lambda x, other=None, c=None: function(x, c if other is None else other).to(x.dtype)


def indices(index, index_shape):
    return torch.tensor(index, dtype=torch.long).reshape(index_shape)


def index_select(x, axis, index, index_shape):
    """For an index of any shape, which PyTorch's own does not take."""
    taken = x.index_select(axis, torch.tensor(index, dtype=torch.long))
    return taken.reshape(x.shape[:axis] + tuple(index_shape) + x.shape[axis + 1:])


def pad(x, widths, mode, value):
    last_first = [width for pair in reversed(widths) for width in pair]
    if mode == "constant":
        return functional.pad(x, last_first, mode, value)
    # PyTorch pads the last axis of three.
    return functional.pad(x.reshape(1, -1, x.shape[-1]), last_first, mode).reshape(*x.shape[:-1], -1)


def transposed(x, flag):
    return x.transpose(-1, -2) if flag else x


def labels_loss(function, x, labels, weight, ignored, **options):
    return function(x, torch.tensor(labels), None if weight is None else torch.tensor(weight, dtype=x.dtype),
                    ignore_index=-100 if ignored is None else ignored, **options)


def soft_cross_entropy(x, target, weight, reduction, label_smoothing):
    return functional.cross_entropy(x, target, None if weight is None else torch.tensor(weight, dtype=x.dtype), reduction=reduction, label_smoothing=label_smoothing)


def rms_norm(x, gamma=None, normalized=None, epsilon=None):
    y = x * torch.rsqrt((x * x).mean(tuple(range(-len(normalized), 0)), keepdim=True) + epsilon)
    return y if gamma is None else y * gamma


BATCH_NORM = "batch_norm(Tensor, Tensor, Tensor, double, BatchStatistics*, Activation)"


def batch_norm(x, *parameters, epsilon, relu):
    y = functional.batch_norm(x, None, None, *parameters, training=True, eps=epsilon)
    return functional.relu(y) if relu else y


def batch_norm_with_statistics(x, *rows, epsilon):
    gamma, beta, mean, variance = (row.reshape(-1, *[1] * (x.dim() - 2)) for row in rows)
    return gamma * (x - mean) / torch.sqrt(variance + epsilon) + beta


FUNCTIONS = {
    "operator+(Tensor, Tensor)": lambda a, b: a + b,
    "operator-(Tensor, Tensor)": lambda a, b: a - b,
    "operator*(Tensor, Tensor)": lambda a, b: a * b,
    "operator/(Tensor, Tensor)": lambda a, b: a / b,
    "operator+(Tensor, double)": lambda x, c: x + c,
    "operator+(double, Tensor)": lambda x, c: c + x,
    "operator-(Tensor, double)": lambda x, c: x - c,
    "operator-(double, Tensor)": lambda x, c: c - x,
    "operator*(Tensor, double)": lambda x, c: x * c,
    "operator*(double, Tensor)": lambda x, c: c * x,
    "operator/(Tensor, double)": lambda x, c: x / c,
    "operator/(double, Tensor)": lambda x, c: c / x,
    "operator-(Tensor)": lambda x: -x,
    **{f"{name}(Tensor)": getattr(torch, name) for name in ("exp", "log", "sqrt", "square", "abs", "sign", "rsqrt", "reciprocal", "expm1", "log1p", "sin", "cos", "erf", "tanh", "sigmoid", "relu")},
    "silu(Tensor)": functional.silu,
    "leaky_relu(Tensor, double)": functional.leaky_relu,
    "elu(Tensor, double)": functional.elu,
    "softplus(Tensor, double, double)": functional.softplus,
    "gelu(Tensor, Approximate)": functional.gelu,
    "pow(Tensor, double)": torch.pow,
    "pow(Tensor, Tensor)": torch.pow,
    "maximum(Tensor, Tensor)": torch.maximum,
    "minimum(Tensor, Tensor)": torch.minimum,
    "clamp(Tensor, double, double)": torch.clamp,
    "where(Tensor, Tensor, Tensor)": lambda c, a, b: torch.where(c != 0, a, b),
    "where(Tensor, Tensor, double)": lambda condition, x, c: torch.where(condition != 0, x, torch.tensor(c, dtype=x.dtype)),
    "where(Tensor, double, Tensor)": lambda condition, x, c: torch.where(condition != 0, torch.tensor(c, dtype=x.dtype), x),
    "dropout(Tensor, double, Rng)": functional.dropout,
    **{f"{name}(Tensor, Tensor)": compared(f) for name, f in COMPARISONS.items()},
    **{f"{name}(Tensor, double)": compared(f) for name, f in COMPARISONS.items()},
    "sum(Tensor, Axes, KeepDims)": lambda x, axes, keepdims: x.sum(axes, keepdims),
    "sum(Tensor)": torch.sum,
    "mean(Tensor, Axes, KeepDims)": lambda x, axes, keepdims: x.mean(axes, keepdims),
    "mean(Tensor)": torch.mean,
    "variance(Tensor, Axes, KeepDims, size_t)": lambda x, axes, keepdims, correction: x.var(axes, unbiased=correction == 1, keepdim=keepdims),
    "variance(Tensor)": lambda x: x.var(unbiased=False),
    "amax(Tensor, Axes, KeepDims)": lambda x, axes, keepdims: x.amax(axes, keepdims),
    "amax(Tensor)": torch.amax,
    "amin(Tensor, Axes, KeepDims)": lambda x, axes, keepdims: x.amin(axes, keepdims),
    "amin(Tensor)": torch.amin,
    "logsumexp(Tensor, Axes, KeepDims)": lambda x, axes, keepdims: x.logsumexp(axes, keepdims),
    "logsumexp(Tensor)": lambda x: x.logsumexp(tuple(range(x.dim()))),
    "reshape(Tensor, Shape)": lambda x, shape: x.reshape(shape),
    "reshape(Tensor, initializer_list<Extent>)": lambda x, last: x.reshape(-1, last),
    "transpose(Tensor, Axes)": lambda x, order: x.permute(order),
    "transpose(Tensor)": lambda x: x.permute(tuple(reversed(range(x.dim())))),
    "broadcast_to(Tensor, Shape)": lambda x, shape: x.broadcast_to(shape),
    "sum_to(Tensor, Shape)": lambda x, shape: x.sum_to_size(shape),
    "squeeze(Tensor)": torch.squeeze,
    "squeeze(Tensor, ptrdiff_t)": lambda x, axis: x.squeeze(axis),
    "unsqueeze(Tensor, ptrdiff_t)": lambda x, axis: x.unsqueeze(axis),
    "flatten(Tensor, ptrdiff_t, ptrdiff_t)": lambda x, first, last: x.flatten(first, last),
    "concatenate(vector<Tensor>, ptrdiff_t)": lambda *xs, axis: torch.cat(xs, axis),
    "stack(vector<Tensor>, ptrdiff_t)": lambda *xs, axis: torch.stack(xs, axis),
    "slice(Tensor, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t)": lambda x, axis, begin, end, step: x[(slice(None),) * axis + (slice(begin, end, step),)],
    "split(Tensor, size_t, ptrdiff_t)": lambda x, extent, axis, part: x.split(extent, axis)[part],
    "split(Tensor, vector<size_t>, ptrdiff_t)": lambda x, extents, axis, part: x.split(extents, axis)[part],
    "flip(Tensor, Axes)": lambda x, axes: x.flip(axes),
    "pad(Tensor, vector<Padding>, PadMode, double)": pad,
    "tile(Tensor, Shape)": lambda x, repeats: x.tile(repeats),
    "triu(Tensor, ptrdiff_t)": torch.triu,
    "tril(Tensor, ptrdiff_t)": torch.tril,
    "index_select(Tensor, ptrdiff_t, Indices)": index_select,
    "embedding(Indices, Tensor)": lambda x, **index: functional.embedding(indices(**index), x),
    "gather(Tensor, ptrdiff_t, Indices)": lambda x, axis, **index: x.gather(axis, indices(**index)),
    "scatter_add(Tensor, ptrdiff_t, Indices, Tensor)": lambda x, source, axis, **index: x.scatter_add(axis, indices(**index), source),
    "one_hot(Indices, size_t)": lambda x, classes, **index: functional.one_hot(indices(**index), classes).to(x.dtype),
    "masked_fill(Tensor, Tensor, double)": lambda x, mask, c: x.masked_fill(mask != 0, c),
    "cumsum(Tensor, ptrdiff_t)": lambda x, axis: x.cumsum(axis),
    "sort(Tensor, ptrdiff_t, Order)": lambda x, axis, descending: x.sort(dim=axis, descending=descending, stable=True)[0],
    "topk(Tensor, size_t, ptrdiff_t, Order)": lambda x, k, axis, descending: x.topk(k, axis, descending)[0],
    "argmax(Tensor, ptrdiff_t, KeepDims)": lambda x, axis, keepdims: x.argmax(axis, keepdims).to(x.dtype),
    "argmin(Tensor, ptrdiff_t, KeepDims)": lambda x, axis, keepdims: x.argmin(axis, keepdims).to(x.dtype),
    "matmul(Tensor, Tensor, Transpose, Transpose)": lambda a, b, transpose_a, transpose_b: transposed(a, transpose_a) @ transposed(b, transpose_b),
    "linear(Tensor, Tensor, Tensor)": functional.linear,
    **{f"{name}{axes}d(Tensor, Tensor, Tensor, {options}{axes}dOptions)": getattr(functional, f"{name}{axes}d")
       for name, options in (("conv", "Conv"), ("conv_transpose", "ConvTranspose")) for axes in (1, 2)},
    "max_pool2d(Tensor, Pair, MaxPool2dOptions)": lambda x, window, **options: functional.max_pool2d(x, window, **options),
    "max_pool1d(Tensor, size_t, MaxPool1dOptions)": lambda x, window, **options: functional.max_pool1d(x, window, **options),
    "avg_pool2d(Tensor, Pair, AvgPool2dOptions)": lambda x, window, **options: functional.avg_pool2d(x, window, **options),
    "avg_pool1d(Tensor, size_t, AvgPool1dOptions)": lambda x, window, **options: functional.avg_pool1d(x, window, **options),
    "adaptive_avg_pool2d(Tensor, Pair)": lambda x, extents: functional.adaptive_avg_pool2d(x, extents),
    "adaptive_avg_pool1d(Tensor, size_t)": lambda x, extents: functional.adaptive_avg_pool1d(x, extents),
    "upsample_nearest2d(Tensor, Pair)": lambda x, extents: functional.interpolate(x, extents),
    "upsample_nearest1d(Tensor, size_t)": lambda x, extents: functional.interpolate(x, extents),
    "dot(Tensor, Tensor)": torch.dot,
    "outer(Tensor, Tensor)": torch.outer,
    "einsum(string_view, vector<Tensor>)": lambda *xs, equation: torch.einsum(equation, *xs),
    "norm(Tensor, double, Axes, KeepDims)": lambda x, ord, axes, keepdims: torch.linalg.vector_norm(x, ord, axes, keepdims),
    "norm(Tensor, double)": torch.linalg.vector_norm,
    "layer_norm(Tensor, Shape, Tensor, Tensor, double)": lambda x, *parameters, normalized, epsilon: functional.layer_norm(x, normalized, *parameters, eps=epsilon),
    "rms_norm(Tensor, Shape, Tensor, double)": rms_norm,
    "group_norm(Tensor, size_t, Tensor, Tensor, double)": lambda x, *parameters, groups, epsilon: functional.group_norm(x, groups, *parameters, eps=epsilon),
    BATCH_NORM: batch_norm,
    "batch_norm(Tensor, Tensor, Tensor, Tensor, Tensor, double)":
        batch_norm_with_statistics,
    "softmax(Tensor)": lambda x: torch.softmax(x, -1),
    "log_softmax(Tensor)": lambda x: torch.log_softmax(x, -1),
    "cross_entropy(Tensor, Indices, Reduction, double, Tensor, optional<int32_t>)": lambda x, **options: labels_loss(functional.cross_entropy, x, **options),
    "cross_entropy(Tensor, Tensor, Reduction, double, Tensor)": soft_cross_entropy,
    "nll_loss(Tensor, Indices, Reduction, Tensor, optional<int32_t>)": lambda x, **options: labels_loss(functional.nll_loss, x, **options),
    "cosine_similarity(Tensor, Tensor, ptrdiff_t, double)": lambda a, b, axis: functional.cosine_similarity(a, b, axis),
    "mse_loss(Tensor, Tensor, Reduction)": functional.mse_loss,
    "l1_loss(Tensor, Tensor, Reduction)": functional.l1_loss,
    "smooth_l1_loss(Tensor, Tensor, Reduction, double)": functional.smooth_l1_loss,
    "huber_loss(Tensor, Tensor, Reduction, double)": functional.huber_loss,
    "binary_cross_entropy_with_logits(Tensor, Tensor, Reduction)": functional.binary_cross_entropy_with_logits,
    "kl_divergence(Tensor, Tensor, Reduction, LogTarget)": functional.kl_div,
}
