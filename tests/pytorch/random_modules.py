"""Random modules of every kind, as torch_modules.py describes them, and what they are called with: shapes, options, state and values."""
import math

import torch

from random_images import convolution, image, pooling, resized
from torch_modules import make, set_buffers


def pointwise(domain="normal", least=0, **choices):
    """Of an array of any shape; each option is one of some values."""
    return lambda r: ({name: r.one_of(values) for name, values in choices.items()}, getattr(r, domain)(r.shape(least)))


def flatten(r):
    shape = r.shape(1)
    first = r.below(len(shape))
    return {"start_dim": first, "end_dim": r.rng.randint(first, len(shape) - 1) - r.one_of([0, len(shape)])}, r.normal(shape)


def unflatten(r):
    extents = r.shape(1, 3, False)
    before, after = r.shape(1, 2), r.shape(0, 2)
    shape = before + [math.prod(extents)] + after
    return {"dim": len(before) - r.one_of([0, len(shape)]), "unflattened_size": extents}, r.normal(shape)


def linear(r):
    i, o = r.rng.randint(1, 5), r.rng.randint(1, 5)
    return {"in_features": i, "out_features": o, "bias": r.chance(0.7)}, r.normal(r.shape(0, 3) + [i])


def batch_norm(r):
    features = r.rng.randint(1, 5)
    return batch_norm_of(r, features, r.one_of([0.125, 0.015625])), r.normal([r.rng.randint(2, 5), features] + r.shape(0, 1, False))


def batch_norm_of(r, features, eps):
    """With an eps that is exact in float, since an ONNX model has it as one."""
    return {"num_features": features, "eps": eps, "momentum": r.one_of([0.1, 0.3, 1.0, None]), "affine": r.chance(0.7)}


def batch_norm_2d(r):
    features = r.rng.randint(1, 5)
    return batch_norm_of(r, features, r.one_of([0.125, 0.015625])), r.normal([r.rng.randint(2, 4), features, r.rng.randint(1, 4), r.rng.randint(1, 4)])


def filters(axes, transpose=False):
    def make_options(r):
        (x, weight, *bias), options = convolution(axes, transpose)(r)
        out = weight.shape[1] * options["groups"] if transpose else weight.shape[0]
        return {"in_channels": x.shape[1], "out_channels": out, "kernel_size": list(weight.shape[2:]), **options, "bias": len(bias) == 1}, x
    return make_options


def pool(maximum):
    def make_options(r):
        (x,), options = pooling(2, maximum)(r)
        return {"kernel_size": options.pop("window"), **options}, x
    return make_options


def adaptive_avg_pool(r):
    (x,), options = resized(2)(r)
    return {"output_size": [1, 1] if r.chance(0.3) else options["extents"]}, x


def upsample(r):
    extents = [r.rng.randint(1, 4) for _ in range(2)]
    return {r.one_of(["size", "scale_factor"]): extents}, image(r, [r.rng.randint(1, 4) for _ in range(2)])


def layer_norm(r):
    shape = r.shape(2, 4, False)
    normalized = shape[-r.rng.randint(1, len(shape) - 1):]
    return {"normalized_shape": normalized, "eps": r.one_of([0.1, 0.01]), "elementwise_affine": r.chance(0.7)}, r.normal(shape)


def group_norm(r):
    groups = r.rng.randint(1, 3)
    channels = groups * r.rng.randint(1, 3)
    x = r.normal([r.rng.randint(1, 3), channels, r.rng.randint(2, 4)] + r.shape(0, 1, False))
    return {"num_groups": groups, "num_channels": channels, "eps": 0.1, "affine": r.chance(0.7)}, x


def embedding(r):
    classes = r.rng.randint(1, 5)
    return {"num_embeddings": classes, "embedding_dim": r.rng.randint(1, 5)}, r.indices(r.shape(0, 3, False), classes)


def layers(r, features):
    """Some modules that take (batch, features) to the same shape."""
    hidden = r.rng.randint(1, 4)
    return [{"kind": "Linear", "in_features": features, "out_features": hidden, "bias": r.chance(0.7)},
            {"kind": "BatchNorm1d", **batch_norm_of(r, hidden, 0.125)},
            {"kind": r.one_of(["Tanh", "Sigmoid", "SiLU"])},
            {"kind": "Linear", "in_features": hidden, "out_features": features}]


def sequential(r):
    features = r.rng.randint(1, 5)
    block = r.one_of([{"kind": "Residual", "body": {"kind": "Linear", "in_features": features, "out_features": features}}, {"kind": "Tanh"},
                      {"kind": "LayerNorm", "normalized_shape": [features], "eps": 0.1}])
    return {"modules": layers(r, features) + [block]}, r.normal([r.rng.randint(2, 5), features])


def residual(r):
    features = r.rng.randint(1, 5)
    body = r.one_of([{"kind": "Sequential", "modules": layers(r, features)}, {"kind": "Linear", "in_features": features, "out_features": features},
                     {"kind": "Residual", "body": {"kind": "Tanh"}}])
    shortcut = {"shortcut": {"kind": "Linear", "in_features": features, "out_features": features, "bias": False}} if r.chance(0.3) else {}
    return {"body": body, **shortcut}, r.normal([r.rng.randint(2, 5), features])


MODULES = {
    **{kind: pointwise() for kind in ("Identity", "Tanh", "Sigmoid", "SiLU")},
    **{kind: pointwise(least=1, dim=[-1]) for kind in ("Softmax", "LogSoftmax")},
    "Flatten": flatten,
    "Unflatten": unflatten,
    "ReLU": pointwise("nonzero"),
    "LeakyReLU": pointwise("nonzero", negative_slope=[0.01, 0.3]),
    "ELU": pointwise("nonzero", alpha=[1.0, 0.5]),
    "GELU": pointwise(approximate=["none", "tanh"]),
    "Softplus": pointwise(beta=[1.0, 2.0, 0.5], threshold=[20.0, 0.1]),
    "Dropout": pointwise(p=[0.0, 1.0]),  # in training mode others are random
    "Linear": linear,
    "BatchNorm1d": batch_norm,
    "BatchNorm2d": batch_norm_2d,
    "Conv1d": filters(1),
    "Conv2d": filters(2),
    "ConvTranspose2d": filters(2, transpose=True),
    "MaxPool2d": pool(maximum=True),
    "AvgPool2d": pool(maximum=False),
    "AdaptiveAvgPool2d": adaptive_avg_pool,
    "Upsample": upsample,
    "LayerNorm": layer_norm,
    "RMSNorm": layer_norm,
    "GroupNorm": group_norm,
    "Embedding": embedding,
    "Sequential": sequential,
    "Residual": residual,
}


def module_call(r, kind, training):
    """The inputs and options of a call for torch_modules.call(), in double. "buffers_after" is what the call makes of the buffers."""
    options, x = MODULES[kind](r)
    module = {"kind": kind, **options}
    net = make(**module).double().train(training)
    buffers = {name: r.below(100) if name.endswith("num_batches_tracked") else r.positive(list(value.shape)).tolist()
               for name, value in net.named_buffers()}
    scale = 0.5 if kind in ("Sequential", "Residual") else 1  # a net's derivatives are products: in float large ones hide the small
    parameters = [scale * r.normal(list(parameter.shape)) for parameter in net.parameters()]
    call = {"module": module, "training": training, "buffers": buffers}
    if kind == "Embedding":
        return parameters, {**call, "index": x, "buffers_after": {}}
    set_buffers(net, buffers)
    with torch.no_grad():
        for parameter, value in zip(net.parameters(), parameters):
            parameter.copy_(value)
        net(x)
    return [x] + parameters, {**call, "buffers_after": {name: value.tolist() for name, value in net.named_buffers()}}
