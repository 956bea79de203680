"""PyTorch's modules by a description: {"kind": xgrad's kind, and the arguments of PyTorch's constructor by name}. A Sequential has "modules",
a Residual a "body" and maybe a "shortcut"."""
import torch
from torch import nn
from torch.nn.utils.stateless import functional_call

from torch_ops import indices, rms_norm


class RMSNorm(nn.Module):
    """torch.nn.RMSNorm, which PyTorch 1.13 lacks."""

    def __init__(self, normalized_shape, eps, elementwise_affine=True):
        super().__init__()
        self.normalized_shape, self.eps = normalized_shape, eps
        self.weight = nn.Parameter(torch.ones(normalized_shape)) if elementwise_affine else None

    def forward(self, x):
        return rms_norm(x, self.weight, self.normalized_shape, self.eps)


class Residual(nn.Module):
    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return (x if self.shortcut is None else self.shortcut(x)) + self.body(x)


def make(kind, **options):
    """The module of a description, in float."""
    if kind == "Sequential":
        return nn.Sequential(*(make(**module) for module in options["modules"]))
    if kind == "Residual":
        return Residual(*(make(**options[part]) for part in ("body", "shortcut") if part in options))
    options = {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
    return (RMSNorm if kind == "RMSNorm" else getattr(nn, kind))(**options)


def set_buffers(net, buffers):
    """Replaces the buffers of these names, each a list or a number."""
    own = dict(net.named_buffers())
    net.load_state_dict({name: torch.tensor(value, dtype=own[name].dtype) for name, value in buffers.items()}, strict=False)


def call(*inputs, module, training, buffers, index=None, **unused):
    """What a new module of that description, with these buffers, makes of the first input, or of an index, and of its parameters, the
    others."""
    net = make(**module).to(inputs[0].dtype).train(training)
    set_buffers(net, buffers)
    x, parameters = (inputs[0], inputs[1:]) if index is None else (indices(**index), inputs)
    return functional_call(net, {name: value for (name, _), value in zip(net.named_parameters(), parameters)}, (x,))
