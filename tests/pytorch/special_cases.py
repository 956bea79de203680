"""Special values: zeros of both signs, infinities, NaN, the largest and the smallest numbers."""
import itertools

import torch

from torch_ops import COMPARISONS

INF, NAN = float("inf"), float("nan")


def special(dtype):
    info = torch.finfo(dtype)
    return [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, info.max, -info.max, info.smallest_normal * info.eps]


def single(dtype):
    """Each special value."""
    return [[torch.tensor(special(dtype), dtype=dtype)]]


def pairs(dtype):
    """Each pair of special values, as two inputs."""
    grid = list(itertools.product(special(dtype), repeat=2))
    return [[torch.tensor([pair[i] for pair in grid], dtype=dtype) for i in (0, 1)]]


def rows(dtype):
    """Each pair of special values, and each triple of some, as rows of a matrix."""
    some = [0.0, 1.0, INF, -INF, NAN]
    return [[torch.tensor(list(itertools.product(values, repeat=n)), dtype=dtype)] for values, n in ((special(dtype), 2), (some, 3))]


def row(dtype):
    """Some pairs of special values, each as the only row of a matrix."""
    return [[torch.tensor([pair], dtype=dtype)] for pair in itertools.product([0.0, 1.0, INF, -INF, NAN, torch.finfo(dtype).max], repeat=2)]


def columns(dtype):
    """The rows as columns, with weights and biases of 1."""
    return [[x.T.contiguous(), torch.ones(x.shape[0], dtype=dtype), torch.ones(x.shape[0], dtype=dtype)] for (x,) in rows(dtype)]


def choices(dtype):
    """Each special value as a condition, between special values."""
    grid = list(itertools.product(special(dtype), [0.0, INF, NAN], [1.0, -INF]))
    return [[torch.tensor([values[i] for values in grid], dtype=dtype) for i in range(3)]]


def products(dtype):
    """Matrices of one special value each, and vectors of two."""
    pair = list(itertools.product([0.0, 1.0, INF, NAN, torch.finfo(dtype).max], repeat=2))
    return [[torch.tensor([[a]], dtype=dtype), torch.tensor([[b]], dtype=dtype)] for a, b in pair] + [
        [torch.tensor([list(a)], dtype=dtype), torch.tensor([[1.0, -1.0]], dtype=dtype)] for a in pair]


def matrix(dtype):
    """A matrix of special values."""
    return [[torch.tensor(special(dtype) * 2, dtype=dtype).reshape(5, 4)]]


def vectors(dtype):
    """Two vectors of special values."""
    return [[torch.tensor(special(dtype), dtype=dtype), torch.tensor(special(dtype)[:4], dtype=dtype)]]


def pairs_of_vectors(dtype):
    """Vectors of two, each of a special value and 1."""
    return [[torch.tensor([a, 1.0], dtype=dtype), torch.tensor([b, 1.0], dtype=dtype)] for a, b in itertools.product(special(dtype), repeat=2)]


def distributions(dtype):
    """Some logits with targets."""
    return [[x, torch.tensor([target], dtype=dtype)] for (x,) in row(dtype) for target in ([1.0, 0.0], [0.25, 0.75])]


def signals(axes):
    """Each pair of special values as an image of one row, or as a signal."""
    return lambda dtype: [[x.reshape([1, 1] + [1] * (axes - 1) + [2])] for (x,) in row(dtype)]


def filtered(axes):
    """Images of one special value with filters of one, and of two with a filter that takes the difference."""
    return lambda dtype: [[x.reshape([1, 1] + [1] * (axes - 1) + [-1]) for x in pair] for pair in products(dtype)]


def affine(dtype):
    return [[a, b, torch.ones(1, dtype=dtype)] for a, b in products(dtype)]


def given(dtype):
    """Special values with special variances, for batch norm."""
    ((x, variance),) = pairs(dtype)
    ones = torch.ones_like(x)
    return [[x[None], ones, ones, ones, variance]]


def number(name, *values):
    return [{name: value} for value in values]


def reductions(**options):
    """Losses of single elements: in a mean, one NaN would hide all others."""
    return [{"reduction": "none", **options}]


ALL = {"axes": [1], "keepdims": False}
LABEL_LOSS = {"weight": None, "ignored": None, "reduction": "mean"}


def one(**options):
    return [options]


def numbers(value, axes):
    """As options of images are given, or of signals."""
    return [value] * axes if axes > 1 else value


def indexed(index, **options):
    return [{"index": index, "index_shape": [len(index)], **options}]


# By xgrad's declaration: the inputs, and the options if there are any.
SPECIAL = {
    **{f"operator{sign}(Tensor, Tensor)": (pairs,) for sign in "+-*/"},
    **{f"operator{sign}({operands})": (single, number("c", *cs)) for sign, cs in (("+", [-1.5]), ("-", [-1.5]), ("*", [-1.5, 0.0]), ("/", [-1.5, 0.0]))
       for operands in ("Tensor, double", "double, Tensor")},
    **{f"{name}(Tensor)": (single,) for name in ("operator-", "exp", "log", "sqrt", "square", "abs", "sign", "rsqrt", "reciprocal", "expm1", "log1p", "sin", "cos", "erf", "silu", "tanh", "sigmoid", "relu")},
    "leaky_relu(Tensor, double)": (single, number("negative_slope", 0.01, 0.0, -1.0)),
    "elu(Tensor, double)": (single, number("alpha", 1.0, 0.5)),
    "softplus(Tensor, double, double)": (single, [{"beta": 1.0, "threshold": 20.0}, {"beta": 2.0, "threshold": 0.5}]),
    "gelu(Tensor, Approximate)": (single, [{"approximate": "none"}, {"approximate": "tanh"}]),
    "pow(Tensor, double)": (single, number("exponent", 0.0, 1.0, 2.0, 3.0, 0.5, -1.0, -0.5)),
    "pow(Tensor, Tensor)": (pairs,),
    "maximum(Tensor, Tensor)": (pairs,),
    "minimum(Tensor, Tensor)": (pairs,),
    "clamp(Tensor, double, double)": (single, [{"min": -1.0, "max": 1.0}, {"min": 0.0, "max": INF}]),
    "where(Tensor, Tensor, Tensor)": (choices,),
    "where(Tensor, Tensor, double)": (pairs, number("c", -1.5, INF)),
    "where(Tensor, double, Tensor)": (pairs, number("c", -1.5, INF)),
    "dropout(Tensor, double, Rng)": (single, number("p", 0.0, 1.0)),
    **{f"{name}(Tensor, Tensor)": (pairs,) for name in COMPARISONS},
    **{f"{name}(Tensor, double)": (single, number("c", 0.0)) for name in COMPARISONS},
    **{f"{name}(Tensor, Axes, KeepDims)": (rows, [ALL]) for name in ("sum", "mean", "amax", "amin", "logsumexp")},
    **{f"{name}(Tensor)": (row,) for name in ("sum", "mean", "variance", "amax", "amin", "logsumexp")},
    "variance(Tensor, Axes, KeepDims, size_t)": (rows, one(correction=0, **ALL)),
    "reshape(Tensor, Shape)": (single, one(shape=[2, 5])),
    "reshape(Tensor, initializer_list<Extent>)": (single, one(last=5)),
    "transpose(Tensor, Axes)": (rows, one(order=[1, 0])),
    "transpose(Tensor)": (rows,),
    "broadcast_to(Tensor, Shape)": (single, one(shape=[3, 10])),
    "sum_to(Tensor, Shape)": (matrix, one(shape=[5, 1])),
    "squeeze(Tensor)": (row,),
    "squeeze(Tensor, ptrdiff_t)": (row, one(axis=0)),
    "unsqueeze(Tensor, ptrdiff_t)": (single, one(axis=1)),
    "flatten(Tensor, ptrdiff_t, ptrdiff_t)": (rows, one(first=0, last=-1)),
    "concatenate(vector<Tensor>, ptrdiff_t)": (pairs, one(axis=0)),
    "stack(vector<Tensor>, ptrdiff_t)": (pairs, one(axis=1)),
    "slice(Tensor, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t)": (single, one(axis=0, begin=1, end=8, step=2)),
    "split(Tensor, size_t, ptrdiff_t)": (single, one(extent=4, axis=0, part=1)),
    "split(Tensor, vector<size_t>, ptrdiff_t)": (single, one(extents=[3, 7], axis=0, part=1)),
    "flip(Tensor, Axes)": (single, one(axes=[0])),
    "pad(Tensor, vector<Padding>, PadMode, double)": (single, [{"widths": [[2, 1]], "mode": mode, "value": 0.0} for mode in ("constant", "reflect", "replicate")]),
    "tile(Tensor, Shape)": (single, one(repeats=[2])),
    "triu(Tensor, ptrdiff_t)": (matrix, one(diagonal=1)),
    "tril(Tensor, ptrdiff_t)": (matrix, one(diagonal=0)),
    "index_select(Tensor, ptrdiff_t, Indices)": (single, indexed([1, 0, 1, 5], axis=0)),
    "embedding(Indices, Tensor)": (rows, indexed([3, 0, 3])),
    "gather(Tensor, ptrdiff_t, Indices)": (single, indexed([1, 0, 1, 5], axis=0)),
    "scatter_add(Tensor, ptrdiff_t, Indices, Tensor)": (pairs, indexed(list(range(100)), axis=0)),
    "one_hot(Indices, size_t)": (lambda dtype: [[torch.zeros((), dtype=dtype)]], indexed([2, 0, 2], classes=3)),
    "masked_fill(Tensor, Tensor, double)": (pairs, number("c", -1.5, INF)),
    "cumsum(Tensor, ptrdiff_t)": (rows, one(axis=1)),
    "sort(Tensor, ptrdiff_t, Order)": (rows, [{"axis": 1, "descending": False}, {"axis": 1, "descending": True}]),
    "topk(Tensor, size_t, ptrdiff_t, Order)": (rows, [{"k": 1, "axis": 1, "descending": False}, {"k": 1, "axis": 1, "descending": True}]),
    "argmax(Tensor, ptrdiff_t, KeepDims)": (rows, one(axis=1, keepdims=False)),
    "argmin(Tensor, ptrdiff_t, KeepDims)": (rows, one(axis=1, keepdims=False)),
    "matmul(Tensor, Tensor, Transpose, Transpose)": (products, one(transpose_a=False, transpose_b=True)),
    "linear(Tensor, Tensor, Tensor)": (affine,),
    **{f"conv{axes}d(Tensor, Tensor, Tensor, Conv{axes}dOptions)": (filtered(axes), one(stride=numbers(1, axes), padding=numbers(0, axes), dilation=numbers(1, axes), groups=1))
       for axes in (1, 2)},
    **{f"conv_transpose{axes}d(Tensor, Tensor, Tensor, ConvTranspose{axes}dOptions)":
       (filtered(axes), one(stride=numbers(1, axes), padding=numbers(0, axes), dilation=numbers(1, axes), output_padding=numbers(0, axes), groups=1)) for axes in (1, 2)},
    "max_pool2d(Tensor, Pair, MaxPool2dOptions)": (signals(2), one(window=[1, 2], stride=[1, 2], padding=[0, 0], dilation=[1, 1], ceil_mode=False)),
    "max_pool1d(Tensor, size_t, MaxPool1dOptions)": (signals(1), one(window=2, stride=2, padding=0, dilation=1, ceil_mode=False)),
    "avg_pool2d(Tensor, Pair, AvgPool2dOptions)": (signals(2), one(window=[1, 2], stride=[1, 2], padding=[0, 0], ceil_mode=False, count_include_pad=True)),
    "avg_pool1d(Tensor, size_t, AvgPool1dOptions)": (signals(1), one(window=2, stride=2, padding=0, ceil_mode=False, count_include_pad=True)),
    "adaptive_avg_pool2d(Tensor, Pair)": (signals(2), one(extents=[1, 1])),
    "adaptive_avg_pool1d(Tensor, size_t)": (signals(1), one(extents=1)),
    "upsample_nearest2d(Tensor, Pair)": (signals(2), one(extents=[2, 4])),
    "upsample_nearest1d(Tensor, size_t)": (signals(1), one(extents=4)),
    "dot(Tensor, Tensor)": (pairs_of_vectors,),
    "outer(Tensor, Tensor)": (vectors,),
    "einsum(string_view, vector<Tensor>)": (products, one(equation="ij,kj->ki")),
    "norm(Tensor, double, Axes, KeepDims)": (rows, [{"ord": p, **ALL} for p in (1.0, 2.0, INF)]),
    "norm(Tensor, double)": (row, number("ord", 1.0, 2.0, INF)),
    "layer_norm(Tensor, Shape, Tensor, Tensor, double)": (lambda dtype: rows(dtype)[:1], one(normalized=[2], epsilon=1e-5)),
    "rms_norm(Tensor, Shape, Tensor, double)": (lambda dtype: rows(dtype)[:1], one(normalized=[2], epsilon=1e-5)),
    "group_norm(Tensor, size_t, Tensor, Tensor, double)": (rows, one(groups=1, epsilon=1e-5)),
    "batch_norm(Tensor, Tensor, Tensor, double, BatchStatistics*, Activation)": (columns, one(epsilon=1e-5, relu=False)),
    "batch_norm(Tensor, Tensor, Tensor, Tensor, Tensor, double)": (given, one(epsilon=1e-5)),
    "softmax(Tensor)": (rows,),
    "log_softmax(Tensor)": (rows,),
    "cross_entropy(Tensor, Indices, Reduction, double, Tensor, optional<int32_t>)": (row, [{"labels": [0], "label_smoothing": s, **LABEL_LOSS} for s in (0.0, 0.1)]),
    "cross_entropy(Tensor, Tensor, Reduction, double, Tensor)": (distributions, one(weight=None, reduction="mean", label_smoothing=0.0)),
    "nll_loss(Tensor, Indices, Reduction, Tensor, optional<int32_t>)": (row, one(labels=[1], **LABEL_LOSS)),
    "cosine_similarity(Tensor, Tensor, ptrdiff_t, double)": (pairs_of_vectors, one(axis=0)),
    "mse_loss(Tensor, Tensor, Reduction)": (pairs, reductions()),
    "l1_loss(Tensor, Tensor, Reduction)": (pairs, reductions()),
    "smooth_l1_loss(Tensor, Tensor, Reduction, double)": (pairs, reductions(beta=1.0)),
    "huber_loss(Tensor, Tensor, Reduction, double)": (pairs, reductions(delta=1.0)),
    "binary_cross_entropy_with_logits(Tensor, Tensor, Reduction)": (pairs, reductions()),
    "kl_divergence(Tensor, Tensor, Reduction, LogTarget)": (pairs, reductions(log_target=False) + reductions(log_target=True)),
}


def cases():
    """Calls (op, inputs, options, dy), in both scalar types."""
    for op, (make, *options) in SPECIAL.items():
        for dtype in (torch.float64, torch.float32):
            for inputs, chosen, dy in itertools.product(make(dtype), options[0] if options else [{}], [1.0, INF]):
                yield op, inputs, chosen, dy
