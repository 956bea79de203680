"""Random calls of every op and module, away from kinks: shapes, options and values."""
import math
import random

import torch

from random_images import convolution, pooling, resized
from random_modules import MODULES, module_call
from torch_ops import BATCH_NORM, COMPARISONS, FUNCTIONS


class Draw:
    """Random numbers, shapes and arrays."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.torch = torch.Generator().manual_seed(seed)
        self.one_of, self.chance = self.rng.choice, lambda p: self.rng.random() < p

    def below(self, n):
        return self.rng.randrange(n)

    def shape(self, least=0, most=4, empty=True):
        extents = [1, 2, 3, 4, 5]
        return [0 if empty and self.chance(0.02) else self.one_of(extents) for _ in range(self.rng.randint(least, most))]

    def normal(self, shape):
        return torch.randn(shape, generator=self.torch, dtype=torch.float64)

    def uniform(self, shape, low, high):
        return low + (high - low) * torch.rand(shape, generator=self.torch, dtype=torch.float64)

    def positive(self, shape):
        return self.uniform(shape, 0.2, 3)

    def nonzero(self, shape):
        return self.uniform(shape, 0.2, 2) * self.sign(shape)

    def sign(self, shape):
        return torch.randint(0, 2, shape, generator=self.torch).double() * 2 - 1

    def bits(self, shape):
        return torch.randint(0, 2, shape, generator=self.torch).double()

    def probabilities(self, shape):
        return self.uniform(shape, 0.05, 0.95)

    def axis(self, shape):
        return self.below(len(shape))

    def axes(self, shape):
        """At least one, some of them negative."""
        chosen = self.rng.sample(range(len(shape)), self.rng.randint(1, len(shape)))
        return [axis - len(shape) if self.chance(0.5) else axis for axis in sorted(chosen)]

    def broadcast(self, shape):
        """A shape that broadcasts to this one."""
        return [1 if self.chance(0.3) else extent for extent in shape[self.below(len(shape) + 1):]]

    def indices(self, shape, limit):
        count = math.prod(shape)
        return {"index": [self.below(limit) for _ in range(count)], "index_shape": shape}

    def reduction(self):
        return self.one_of(["mean", "sum", "none"])


def unary(domain, **choices):
    """Of one array; each option is one of some values."""
    return lambda r: ([getattr(r, domain)(r.shape())], {name: r.one_of(values) for name, values in choices.items()})


def binary(a="normal", b="normal", **choices):
    """Of two arrays that broadcast."""
    def make(r):
        shape = r.shape()
        shapes = [shape, r.broadcast(shape)]
        r.rng.shuffle(shapes)
        return [getattr(r, a)(shapes[0]), getattr(r, b)(shapes[1])], {name: r.one_of(values) for name, values in choices.items()}
    return make


def reduced(empty=False, domain="normal", **choices):
    def make(r):
        shape = r.shape(1, 4, empty)
        return [getattr(r, domain)(shape)], {"axes": r.axes(shape), "keepdims": r.chance(0.5), **{name: r.one_of(values) for name, values in choices.items()}}
    return make


def variance(r):
    (x,), options = reduced()(r)
    count = math.prod(x.shape[axis] for axis in options["axes"])
    return [x], {**options, "correction": r.below(2) if count > 1 else 0}


def along(options=lambda r, shape, axis: {}, least=1):
    """Of one array and an axis."""
    def make(r):
        shape = r.shape(least, 4, False)
        axis = r.axis(shape)
        return [r.normal(shape)], {"axis": axis, **options(r, shape, axis)}
    return make


def shaped(options, least=0):
    """Of one array, with options that depend on its shape."""
    def make(r):
        shape = r.shape(least)
        return [r.normal(shape)], options(r, shape)
    return make


def parts(r, shape, axis):
    extent = r.rng.randint(1, shape[axis])
    return {"extent": extent, "part": r.below(-(-shape[axis] // extent))}


def cuts(r, shape, axis):
    first = r.below(shape[axis] + 1)
    return {"extents": [first, shape[axis] - first], "part": r.below(2)}


def range_of(r, shape, axis):
    begin = r.below(shape[axis] + 1)
    return {"begin": begin, "end": r.rng.randint(begin, shape[axis]), "step": r.rng.randint(1, 3)}


def spread(r, shape):
    return {"shape": r.shape(0, 1) + [r.one_of([1, 2, 3]) if extent == 1 else extent for extent in shape]}


def several(grow):
    def make(r):
        shape = r.shape(1 if grow else 0, 3)
        axis = r.below(len(shape) + (not grow))
        shapes = [list(shape) for _ in range(r.rng.randint(1, 3))]
        for other in shapes:
            if grow:
                other[axis] = r.below(4)
        return [r.normal(other) for other in shapes], {"axis": axis}
    return make


def padded(r):
    mode = r.one_of(["constant", "reflect", "replicate"])
    shape = r.shape(1, 3, False)
    if mode == "constant":
        widths = [[r.below(3), r.below(3)] for _ in range(r.rng.randint(0, len(shape)))]
    else:
        most = shape[-1] - 1 if mode == "reflect" else 3
        widths = [[r.rng.randint(0, most), r.rng.randint(0, most)]]
    return [r.normal(shape)], {"widths": widths, "mode": mode, "value": r.one_of([0.0, 1.5])}


def index_select(r):
    shape = r.shape(1, 3, False)
    axis = r.axis(shape)
    return [r.normal(shape)], {"axis": axis, **r.indices(r.shape(0, 2), shape[axis])}


def embedding(r):
    shape = r.shape(2, 2, False)
    return [r.normal(shape)], r.indices(r.shape(0, 3, False), shape[0])  # PyTorch has no gradient of none


def gather(with_source):
    def make(r):
        shape = r.shape(1, 4, False)
        axis = r.axis(shape)
        index_shape = [r.below(5) if i == axis else r.rng.randint(1, extent) for i, extent in enumerate(shape)]
        source = [r.normal(index_shape)] if with_source else []
        return [r.normal(shape)] + source, {"axis": axis, **r.indices(index_shape, shape[axis])}
    return make


def masked(r):
    shape = r.shape()
    return [r.normal(shape), r.bits(r.broadcast(shape))], {"c": 1.5}


def matmul(r):
    batch, m, k, n = r.shape(0, 2), *(r.below(5) for _ in range(3))
    a, b = r.chance(0.5), r.chance(0.5)
    return [r.normal(r.broadcast(batch) + ([k, m] if a else [m, k])), r.normal(r.broadcast(batch) + ([n, k] if b else [k, n]))], {"transpose_a": a, "transpose_b": b}


def linear(r):
    batch, i, o = r.shape(0, 3), r.rng.randint(1, 5), r.rng.randint(1, 5)
    return [r.normal(batch + [i]), r.normal([o, i])] + ([r.normal([o])] if r.chance(0.5) else []), {}


def einsum(r):
    equation = r.one_of(["ij,jk->ik", "bij,bkj->bik", "ij->ji", "ij->", "ii->i", "i,j->ij", "i,ij,j->", "ij,ij->j", "abc,cd,be->aed", "ij,jk", "aab->b"])
    extents = {label: r.rng.randint(1, 4) for label in "abcdeijk"}
    operands = equation.split("->")[0].split(",")
    return [r.normal([extents[label] for label in labels]) for labels in operands], {"equation": equation}


def layer_norm(parameters):
    def make(r):
        shape = r.shape(1, 4, False)
        normalized = shape[-r.rng.randint(1, len(shape)):]
        return [r.normal(shape)] + [r.normal(normalized) for _ in range(r.below(parameters + 1))], {"normalized": normalized, "epsilon": r.one_of([0.1, 0.01])}
    return make


def group_norm(r):
    groups = r.rng.randint(1, 3)
    channels = groups * r.rng.randint(1, 3)
    parameters = [r.normal([channels]) for _ in range(2)] if r.chance(0.5) else []
    return [r.normal([r.rng.randint(1, 3), channels, r.rng.randint(2, 4)] + r.shape(0, 1, False))] + parameters, {"groups": groups, "epsilon": 0.1}


def batch_norm(r):
    shape = [r.rng.randint(2, 5), r.rng.randint(1, 5)]
    parameters = [r.normal(shape[1:]) for _ in range(2)] if r.chance(0.5) else [torch.ones(shape[1], dtype=torch.float64), torch.zeros(shape[1], dtype=torch.float64)]
    options = {"epsilon": r.one_of([0.1, 0.01]), "relu": r.chance(0.5)}
    while True:
        x = r.normal(shape + r.shape(0, 2, False))
        y = FUNCTIONS[BATCH_NORM](x, *parameters, **{**options, "relu": False})
        if y.abs().min() > 0.01:  # no kink of relu is near
            return [x] + parameters, options


def batch_norm_with_statistics(r):
    shape = [r.rng.randint(1, 5), r.rng.randint(1, 5)]
    return [r.normal(shape + r.shape(0, 2, False))] + [r.normal(shape[1:]) for _ in range(3)] + [r.positive(shape[1:])], {"epsilon": 0.1}


def label_loss(**choices):
    def make(r):
        rows, classes = r.rng.randint(1, 5), r.rng.randint(2, 5)
        labels = [r.below(classes) for _ in range(rows)]
        labels[0] = 1
        return [r.normal([rows, classes])], {"labels": labels, "reduction": r.reduction(), "weight": r.positive([classes]).tolist() if r.chance(0.5) else None,
                                             "ignored": 0 if r.chance(0.3) else None, **{name: r.one_of(values) for name, values in choices.items()}}
    return make


def soft_targets(r):
    shape = [r.rng.randint(1, 5), r.rng.randint(2, 5)]
    return [r.normal(shape), r.probabilities(shape)], {"weight": r.positive(shape[1:]).tolist() if r.chance(0.5) else None, "reduction": r.reduction(),
                                                       "label_smoothing": r.one_of([0.0, 0.2])}


def pair_loss(a="normal", b="normal", **choices):
    def make(r):
        shape = r.shape(0, 3, False)
        return [getattr(r, a)(shape), getattr(r, b)(shape)], {"reduction": r.reduction(), **{name: r.one_of(values) for name, values in choices.items()}}
    return make


def cosine_similarity(r):
    shape = r.shape(1, 3, False)
    axis = r.axis(shape)
    shape[axis] += 1  # of vectors of one element all derivatives are 0, but for rounding
    return [r.nonzero(shape), r.nonzero(shape)], {"axis": axis}


def vectors(same):
    def make(r):
        n = r.rng.randint(1, 6)
        return [r.normal([n]), r.normal([n if same else r.rng.randint(1, 6)])], {}
    return make


NUMBERS = [-1.5, 0.5, 2.0]
RANDOM = {
    **{f"operator{sign}(Tensor, Tensor)": binary() for sign in "+-*"},
    "operator/(Tensor, Tensor)": binary(b="nonzero"),
    **{f"operator{sign}(Tensor, double)": unary("normal", c=NUMBERS) for sign in "+-*/"},
    **{f"operator{sign}(double, Tensor)": unary("nonzero", c=NUMBERS) for sign in "+-*/"},
    **{f"{name}(Tensor)": unary("normal") for name in ("operator-", "exp", "square", "expm1", "sin", "cos", "erf", "silu", "tanh", "sigmoid")},
    **{f"{name}(Tensor)": unary("nonzero") for name in ("abs", "sign", "reciprocal", "relu")},
    **{f"{name}(Tensor)": unary("positive") for name in ("log", "sqrt", "rsqrt", "log1p")},
    "leaky_relu(Tensor, double)": unary("nonzero", negative_slope=[0.01, 0.3]),
    "elu(Tensor, double)": unary("nonzero", alpha=[1.0, 0.5]),
    "softplus(Tensor, double, double)": unary("normal", beta=[1.0, 2.0], threshold=[20.0]),
    "gelu(Tensor, Approximate)": unary("normal", approximate=["none", "tanh"]),
    "pow(Tensor, double)": unary("positive", exponent=[0.0, 1.0, 2.0, 3.0, 0.5, -1.0, 1.7]),
    "pow(Tensor, Tensor)": binary("positive"),
    "maximum(Tensor, Tensor)": binary(),
    "minimum(Tensor, Tensor)": binary(),
    "clamp(Tensor, double, double)": unary("normal", min=[-0.5, -1.0], max=[0.5, math.inf]),
    "where(Tensor, Tensor, Tensor)": lambda r: (lambda shape: ([r.bits(r.broadcast(shape)), r.normal(shape), r.normal(r.broadcast(shape))], {}))(r.shape()),
    "where(Tensor, Tensor, double)": binary("bits", c=NUMBERS),
    "where(Tensor, double, Tensor)": binary("bits", c=NUMBERS),
    "dropout(Tensor, double, Rng)": unary("normal", p=[0.0, 1.0]),
    **{f"{name}(Tensor, Tensor)": binary("sign", "sign") for name in COMPARISONS},
    **{f"{name}(Tensor, double)": unary("sign", c=[1.0, 0.5]) for name in COMPARISONS},
    **{f"{name}(Tensor, Axes, KeepDims)": reduced() for name in ("mean", "amax", "amin", "logsumexp")},
    "sum(Tensor, Axes, KeepDims)": reduced(empty=True),
    "variance(Tensor, Axes, KeepDims, size_t)": variance,
    "sum(Tensor)": unary("normal"),
    **{f"{name}(Tensor)": lambda r: ([r.normal(r.shape(0, 4, False))], {}) for name in ("mean", "variance", "amax", "amin", "logsumexp")},
    "reshape(Tensor, Shape)": shaped(lambda r, shape: {"shape": shape[::-1] + [1] * r.below(2)}),
    "reshape(Tensor, initializer_list<Extent>)": lambda r: (lambda shape: ([r.normal(shape)], {"last": shape[-1]}))(r.shape(1, 4, False)),
    "transpose(Tensor, Axes)": shaped(lambda r, shape: {"order": r.rng.sample(range(len(shape)), len(shape))}),
    "transpose(Tensor)": unary("normal"),
    "broadcast_to(Tensor, Shape)": shaped(spread),
    "sum_to(Tensor, Shape)": shaped(lambda r, shape: {"shape": r.broadcast(shape)}),
    "squeeze(Tensor)": unary("normal"),
    "squeeze(Tensor, ptrdiff_t)": lambda r: (lambda shape, axis: ([r.normal(shape[:axis] + [1] + shape[axis:])], {"axis": axis}))(*(lambda s: (s, r.below(len(s) + 1)))(r.shape(0, 3))),
    "unsqueeze(Tensor, ptrdiff_t)": shaped(lambda r, shape: {"axis": r.rng.randint(-len(shape) - 1, len(shape))}),
    "flatten(Tensor, ptrdiff_t, ptrdiff_t)": shaped(lambda r, shape: (lambda first: {"first": first, "last": r.rng.randint(first, len(shape) - 1)})(r.below(len(shape))), 1),
    "concatenate(vector<Tensor>, ptrdiff_t)": several(True),
    "stack(vector<Tensor>, ptrdiff_t)": several(False),
    "slice(Tensor, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t)": along(range_of),
    "split(Tensor, size_t, ptrdiff_t)": along(parts),
    "split(Tensor, vector<size_t>, ptrdiff_t)": along(cuts),
    "flip(Tensor, Axes)": shaped(lambda r, shape: {"axes": r.axes(shape)}, 1),
    "pad(Tensor, vector<Padding>, PadMode, double)": padded,
    "tile(Tensor, Shape)": lambda r: ([r.normal(r.shape(0, 3, False))], {"repeats": [r.rng.randint(1, 3) for _ in range(r.below(4))]}),
    "triu(Tensor, ptrdiff_t)": shaped(lambda r, shape: {"diagonal": r.rng.randint(-2, 2)}, 2),
    "tril(Tensor, ptrdiff_t)": shaped(lambda r, shape: {"diagonal": r.rng.randint(-2, 2)}, 2),
    "index_select(Tensor, ptrdiff_t, Indices)": index_select,
    "embedding(Indices, Tensor)": embedding,
    "gather(Tensor, ptrdiff_t, Indices)": gather(False),
    "scatter_add(Tensor, ptrdiff_t, Indices, Tensor)": gather(True),
    "one_hot(Indices, size_t)": lambda r: ([torch.zeros((), dtype=torch.float64)], {"classes": 4, **r.indices(r.shape(0, 3, False), 4)}),
    "masked_fill(Tensor, Tensor, double)": masked,
    "cumsum(Tensor, ptrdiff_t)": along(),
    "sort(Tensor, ptrdiff_t, Order)": along(lambda r, shape, axis: {"descending": r.chance(0.5)}),
    "topk(Tensor, size_t, ptrdiff_t, Order)": along(lambda r, shape, axis: {"k": r.rng.randint(1, shape[axis]), "descending": r.chance(0.5)}),
    "argmax(Tensor, ptrdiff_t, KeepDims)": along(lambda r, shape, axis: {"keepdims": r.chance(0.5)}),
    "argmin(Tensor, ptrdiff_t, KeepDims)": along(lambda r, shape, axis: {"keepdims": r.chance(0.5)}),
    "matmul(Tensor, Tensor, Transpose, Transpose)": matmul,
    "linear(Tensor, Tensor, Tensor)": linear,
    "conv2d(Tensor, Tensor, Tensor, Conv2dOptions)": convolution(2, False),
    "conv1d(Tensor, Tensor, Tensor, Conv1dOptions)": convolution(1, False),
    "conv_transpose2d(Tensor, Tensor, Tensor, ConvTranspose2dOptions)": convolution(2, True),
    "conv_transpose1d(Tensor, Tensor, Tensor, ConvTranspose1dOptions)": convolution(1, True),
    "max_pool2d(Tensor, Pair, MaxPool2dOptions)": pooling(2, True),
    "max_pool1d(Tensor, size_t, MaxPool1dOptions)": pooling(1, True),
    "avg_pool2d(Tensor, Pair, AvgPool2dOptions)": pooling(2, False),
    "avg_pool1d(Tensor, size_t, AvgPool1dOptions)": pooling(1, False),
    "adaptive_avg_pool2d(Tensor, Pair)": resized(2),
    "adaptive_avg_pool1d(Tensor, size_t)": resized(1),
    "upsample_nearest2d(Tensor, Pair)": resized(2),
    "upsample_nearest1d(Tensor, size_t)": resized(1),
    "dot(Tensor, Tensor)": vectors(True),
    "outer(Tensor, Tensor)": vectors(False),
    "einsum(string_view, vector<Tensor>)": einsum,
    "norm(Tensor, double, Axes, KeepDims)": reduced(domain="nonzero", ord=[1.0, 2.0, math.inf]),
    "norm(Tensor, double)": lambda r: ([r.nonzero(r.shape(0, 4, False))], {"ord": r.one_of([1.0, 2.0, math.inf])}),
    "layer_norm(Tensor, Shape, Tensor, Tensor, double)": layer_norm(2),
    "rms_norm(Tensor, Shape, Tensor, double)": layer_norm(1),
    "group_norm(Tensor, size_t, Tensor, Tensor, double)": group_norm,
    BATCH_NORM: batch_norm,
    "batch_norm(Tensor, Tensor, Tensor, Tensor, Tensor, double)": batch_norm_with_statistics,
    "softmax(Tensor)": lambda r: ([r.normal(r.shape(1))], {}),
    "log_softmax(Tensor)": lambda r: ([r.normal(r.shape(1))], {}),
    "cross_entropy(Tensor, Indices, Reduction, double, Tensor, optional<int32_t>)": label_loss(label_smoothing=[0.0, 0.2]),
    "cross_entropy(Tensor, Tensor, Reduction, double, Tensor)": soft_targets,
    "nll_loss(Tensor, Indices, Reduction, Tensor, optional<int32_t>)": label_loss(),
    "cosine_similarity(Tensor, Tensor, ptrdiff_t, double)": cosine_similarity,
    "mse_loss(Tensor, Tensor, Reduction)": pair_loss(),
    "l1_loss(Tensor, Tensor, Reduction)": pair_loss(),
    "smooth_l1_loss(Tensor, Tensor, Reduction, double)": pair_loss(beta=[1.0, 0.5]),
    "huber_loss(Tensor, Tensor, Reduction, double)": pair_loss(delta=[1.0, 0.5]),
    "binary_cross_entropy_with_logits(Tensor, Tensor, Reduction)": pair_loss(b="probabilities"),
    "kl_divergence(Tensor, Tensor, Reduction, LogTarget)": pair_loss(b="probabilities", log_target=[False, True]),
}


def cases(seed, count):
    """At least `count` calls (op, inputs, options, None), as many of each op and of each kind of module, in both scalar types; every other
    call of a module in training mode."""
    r = Draw(seed)
    for number in range(-(-count // (2 * (len(RANDOM) + len(MODULES))))):
        calls = [(op, *make(r)) for op, make in RANDOM.items()] + [(kind, *module_call(r, kind, number % 2 == 0)) for kind in MODULES]
        for op, inputs, options in calls:
            yield op, inputs, options, None
            yield op, [x.float() for x in inputs], options, None
