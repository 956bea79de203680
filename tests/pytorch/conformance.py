#!/usr/bin/python3
"""Usage: conformance.py FILE

Writes what PyTorch makes of special values (zeros of both signs, infinities, NaN, the largest and the smallest numbers): for each op of
OPS, in float and double, inputs and results of cases, which tests/conformance reads, gzipped. A case is a list of inputs x0, x1 ..., the result y,
a gradient dy of y, the gradients g0, g1 ... of sum(dy y), and the gradients h0, h1 ... and hdy of sum(g0) + 2 sum(g1) + ... with respect to
the inputs and to dy.
"""
import gzip
import itertools
import json
import pathlib
import sys

import torch
from torch.nn import functional

from safetensors_format import write

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


def affine(dtype):
    return [[a, b, torch.ones(1, dtype=dtype)] for a, b in products(dtype)]


def given(dtype):
    """Special values with special variances, for batch norm."""
    ((x, variance),) = pairs(dtype)
    ones = torch.ones_like(x)
    return [[x[None], ones, ones, ones, variance]]


def number(name, *values):
    return [{name: value} for value in values]


def indexed(index):
    return [{"index": index}]


def one_hot(x, index):
    return functional.one_hot(torch.tensor(index), 3).to(x.dtype)


def batch_norm(x, gamma, beta):
    return functional.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-5)


def reductions(**options):
    """Losses of single elements: in a mean, one NaN would hide all others."""
    return [{"reduction": "none", **options}]


COMPARISONS = {"greater": torch.gt, "greater_equal": torch.ge, "less": torch.lt, "less_equal": torch.le, "equal": torch.eq}


def compared(function):
    return lambda x, other=None, c=None: function(x, c if other is None else other).to(x.dtype)


# By xgrad's declaration: PyTorch's function of the inputs and the options, the inputs, and the options if there are any.
OPS = {
    "operator+(Tensor, Tensor)": (lambda a, b: a + b, pairs),
    "operator-(Tensor, Tensor)": (lambda a, b: a - b, pairs),
    "operator*(Tensor, Tensor)": (lambda a, b: a * b, pairs),
    "operator/(Tensor, Tensor)": (lambda a, b: a / b, pairs),
    "operator+(Tensor, double)": (lambda x, c: x + c, single, number("c", -1.5)),
    "operator+(double, Tensor)": (lambda x, c: c + x, single, number("c", -1.5)),
    "operator-(Tensor, double)": (lambda x, c: x - c, single, number("c", -1.5)),
    "operator-(double, Tensor)": (lambda x, c: c - x, single, number("c", -1.5)),
    "operator*(Tensor, double)": (lambda x, c: x * c, single, number("c", -1.5, 0.0)),
    "operator*(double, Tensor)": (lambda x, c: c * x, single, number("c", -1.5, 0.0)),
    "operator/(Tensor, double)": (lambda x, c: x / c, single, number("c", -1.5, 0.0)),
    "operator/(double, Tensor)": (lambda x, c: c / x, single, number("c", -1.5, 0.0)),
    "operator-(Tensor)": (lambda x: -x, single),
    "exp(Tensor)": (torch.exp, single),
    "log(Tensor)": (torch.log, single),
    "sqrt(Tensor)": (torch.sqrt, single),
    "square(Tensor)": (torch.square, single),
    "abs(Tensor)": (torch.abs, single),
    "sign(Tensor)": (torch.sign, single),
    "rsqrt(Tensor)": (torch.rsqrt, single),
    "reciprocal(Tensor)": (torch.reciprocal, single),
    "expm1(Tensor)": (torch.expm1, single),
    "log1p(Tensor)": (torch.log1p, single),
    "sin(Tensor)": (torch.sin, single),
    "cos(Tensor)": (torch.cos, single),
    "erf(Tensor)": (torch.erf, single),
    "silu(Tensor)": (functional.silu, single),
    "leaky_relu(Tensor, double)": (lambda x, slope: functional.leaky_relu(x, slope), single, number("slope", 0.01, 0.0, -1.0)),
    "elu(Tensor, double)": (lambda x, alpha: functional.elu(x, alpha), single, number("alpha", 1.0, 0.5)),
    "softplus(Tensor, double, double)": (functional.softplus, single, [{"beta": 1.0, "threshold": 20.0}, {"beta": 2.0, "threshold": 0.5}]),
    "gelu(Tensor, Approximate)": (lambda x, approximate: functional.gelu(x, approximate=approximate), single, [{"approximate": "none"}, {"approximate": "tanh"}]),
    "pow(Tensor, double)": (torch.pow, single, number("exponent", 0.0, 1.0, 2.0, 3.0, 0.5, -1.0, -0.5)),
    "pow(Tensor, Tensor)": (torch.pow, pairs),
    "tanh(Tensor)": (torch.tanh, single),
    "sigmoid(Tensor)": (torch.sigmoid, single),
    "relu(Tensor)": (torch.relu, single),
    "maximum(Tensor, Tensor)": (torch.maximum, pairs),
    "minimum(Tensor, Tensor)": (torch.minimum, pairs),
    "clamp(Tensor, double, double)": (torch.clamp, single, [{"min": -1.0, "max": 1.0}, {"min": 0.0, "max": INF}]),
    "where(Tensor, Tensor, Tensor)": (lambda c, a, b: torch.where(c != 0, a, b), choices),
    "where(Tensor, Tensor, double)": (lambda condition, x, c: torch.where(condition != 0, x, torch.tensor(c, dtype=x.dtype)), pairs, number("c", -1.5, INF)),
    "where(Tensor, double, Tensor)": (lambda condition, x, c: torch.where(condition != 0, torch.tensor(c, dtype=x.dtype), x), pairs, number("c", -1.5, INF)),
    **{f"{name}(Tensor, Tensor)": (compared(f), pairs) for name, f in COMPARISONS.items()},
    **{f"{name}(Tensor, double)": (compared(f), single, number("c", 0.0)) for name, f in COMPARISONS.items()},
    "sum(Tensor, Axes, KeepDims)": (lambda x: x.sum(1), rows),
    "sum(Tensor)": (torch.sum, row),
    "mean(Tensor, Axes, KeepDims)": (lambda x: x.mean(1), rows),
    "mean(Tensor)": (torch.mean, row),
    "variance(Tensor, Axes, KeepDims, size_t)": (lambda x: x.var(1, unbiased=False), rows),
    "variance(Tensor)": (lambda x: x.var(unbiased=False), row),
    "amax(Tensor, Axes, KeepDims)": (lambda x: x.amax(1), rows),
    "amax(Tensor)": (torch.amax, row),
    "amin(Tensor, Axes, KeepDims)": (lambda x: x.amin(1), rows),
    "amin(Tensor)": (torch.amin, row),
    "logsumexp(Tensor, Axes, KeepDims)": (lambda x: x.logsumexp(1), rows),
    "logsumexp(Tensor)": (lambda x: x.logsumexp((0, 1)), row),
    "reshape(Tensor, Shape)": (lambda x: x.reshape(2, 5), single),
    "transpose(Tensor, Axes)": (lambda x: x.permute(1, 0), rows),
    "transpose(Tensor)": (lambda x: x.T, rows),
    "broadcast_to(Tensor, Shape)": (lambda x: x.broadcast_to(3, 10), single),
    "sum_to(Tensor, Shape)": (lambda x: x.sum(1, keepdim=True), rows),
    "concatenate(vector<Tensor>, ptrdiff_t)": (lambda a, b: torch.cat([a, b]), pairs),
    "slice(Tensor, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t)": (lambda x: x[1:8:2], single),
    "stack(vector<Tensor>, ptrdiff_t)": (lambda a, b: torch.stack([a, b], 1), pairs),
    "split(Tensor, size_t, ptrdiff_t)": (lambda x: x.split(4)[1], single),
    "split(Tensor, vector<size_t>, ptrdiff_t)": (lambda x: x.split([3, 7])[1], single),
    "reshape(Tensor, initializer_list<Extent>)": (lambda x: x.reshape(-1, 5), single),
    "squeeze(Tensor)": (lambda x: x.squeeze(), row),
    "squeeze(Tensor, ptrdiff_t)": (lambda x: x.squeeze(0), row),
    "unsqueeze(Tensor, ptrdiff_t)": (lambda x: x.unsqueeze(1), single),
    "flatten(Tensor, ptrdiff_t, ptrdiff_t)": (lambda x: x.flatten(), rows),
    "flip(Tensor, Axes)": (lambda x: x.flip([0]), single),
    "pad(Tensor, vector<Padding>, PadMode, double)":
        (lambda x, mode: functional.pad(x[None], (2, 1), mode)[0], single, [{"mode": "constant"}, {"mode": "reflect"}, {"mode": "replicate"}]),
    "tile(Tensor, Shape)": (lambda x: x.tile(2), single),
    "triu(Tensor, ptrdiff_t)": (lambda x: x.triu(1), matrix),
    "tril(Tensor, ptrdiff_t)": (lambda x: x.tril(), matrix),
    "index_select(Tensor, ptrdiff_t, Indices)": (lambda x, index: x.index_select(0, torch.tensor(index)), single, indexed([1, 0, 1, 5])),
    "embedding(Indices, Tensor)": (lambda x, index: functional.embedding(torch.tensor(index), x), rows, indexed([3, 0, 3])),
    "gather(Tensor, ptrdiff_t, Indices)": (lambda x, index: x.gather(0, torch.tensor(index)), single, indexed([1, 0, 1, 5])),
    "scatter_add(Tensor, ptrdiff_t, Indices, Tensor)":
        (lambda x, source, index: x.scatter_add(0, torch.tensor(index), source), pairs, indexed(list(range(100)))),
    "one_hot(Indices, size_t)": (one_hot, lambda dtype: [[torch.zeros((), dtype=dtype)]], indexed([2, 0, 2])),
    "masked_fill(Tensor, Tensor, double)": (lambda x, mask, c: x.masked_fill(mask != 0, c), pairs, number("c", -1.5, INF)),
    "cumsum(Tensor, ptrdiff_t)": (lambda x: x.cumsum(1), rows),
    "sort(Tensor, ptrdiff_t, Order)": (lambda x, descending: x.sort(dim=1, descending=descending, stable=True)[0], rows, [{"descending": False}, {"descending": True}]),
    "topk(Tensor, size_t, ptrdiff_t, Order)": (lambda x, descending: x.topk(1, 1, descending)[0], rows, [{"descending": False}, {"descending": True}]),
    "argmax(Tensor, ptrdiff_t, KeepDims)": (lambda x: x.argmax(1).to(x.dtype), rows),
    "argmin(Tensor, ptrdiff_t, KeepDims)": (lambda x: x.argmin(1).to(x.dtype), rows),
    "matmul(Tensor, Tensor, Transpose, Transpose)": (lambda a, b: a @ b.T, products),
    "linear(Tensor, Tensor, Tensor)": (functional.linear, affine),
    "batch_norm(Tensor, Tensor, Tensor, double, BatchStatistics*)": (batch_norm, columns),
    "batch_norm(Tensor, Tensor, Tensor, Tensor, Tensor, double)":
        (lambda x, gamma, beta, mean, variance: gamma * (x - mean) / torch.sqrt(variance + 1e-5) + beta, given),
    "softmax(Tensor)": (lambda x: torch.softmax(x, -1), rows),
    "log_softmax(Tensor)": (lambda x: torch.log_softmax(x, -1), rows),
    "cross_entropy(Tensor, Indices)": (lambda x, label: functional.cross_entropy(x, torch.tensor([label])), row, number("label", 0)),
    "mse_loss(Tensor, Tensor, Reduction)": (functional.mse_loss, pairs, reductions()),
    "l1_loss(Tensor, Tensor, Reduction)": (functional.l1_loss, pairs, reductions()),
    "smooth_l1_loss(Tensor, Tensor, Reduction, double)": (functional.smooth_l1_loss, pairs, reductions(beta=1.0)),
    "huber_loss(Tensor, Tensor, Reduction, double)": (functional.huber_loss, pairs, reductions(delta=1.0)),
    "binary_cross_entropy_with_logits(Tensor, Tensor, Reduction)": (functional.binary_cross_entropy_with_logits, pairs, reductions()),
    "kl_divergence(Tensor, Tensor, Reduction, LogTarget)": (functional.kl_div, pairs, reductions(log_target=False) + reductions(log_target=True)),
}


def gradients(y, xs, dy):
    """The gradients of sum(dy y), recorded; 0 where y does not depend on an input."""
    found = torch.autograd.grad(y, xs, dy, create_graph=True, allow_unused=True) if y.requires_grad else [None] * len(xs)
    return [torch.zeros_like(x) if g is None or g._is_zerotensor() else g for x, g in zip(xs, found)]


def run(function, inputs, options, dy_value):
    xs = [x.clone().requires_grad_() for x in inputs]
    y = function(*xs, **options)
    dy = torch.full_like(y, dy_value, requires_grad=True)
    gs = gradients(y, xs, dy)
    total = sum((i + 1) * g.sum() for i, g in enumerate(gs))
    *hs, hdy = gradients(total, xs + [dy], torch.ones_like(total))
    named = {f"{name}{i}": value for name, values in (("x", xs), ("g", gs), ("h", hs)) for i, value in enumerate(values)}
    return {**named, "y": y, "dy": dy, "hdy": hdy}


def main(path):
    cases, arrays = [], {}
    for op, (function, make, *more) in OPS.items():
        for dtype in (torch.float64, torch.float32):
            for inputs, options, dy in itertools.product(make(dtype), more[0] if more else [{}], [1.0, INF]):
                for name, value in run(function, inputs, options, dy).items():
                    arrays[f"{len(cases)}.{name}"] = value
                cases.append({"op": op, "options": options, "inputs": len(inputs)})
    write(path, arrays, {"cases": json.dumps(cases).replace("Infinity", "null"), "torch": torch.__version__})
    file = pathlib.Path(path)
    file.write_bytes(gzip.compress(file.read_bytes(), mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
