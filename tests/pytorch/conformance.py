#!/usr/bin/python3
"""Usage: conformance.py special FILE
       conformance.py random FILE SEED COUNT

Writes what PyTorch makes of calls of ops, which tests/conformance reads, gzipped: of special values (special_cases.py), or of at least COUNT
random calls of ops and modules (random_cases.py). A case is a list of inputs x0, x1 ..., the result y, a gradient dy of y, the gradients
g0, g1 ... of sum(dy y), and the gradients h0, h1 ... and hdy with respect to the inputs and to dy of a sum of all g: of special values
sum(g0) + 2 sum(g1) + ...; of random calls every element has a weight of its own, since the elements of many a gradient (of softmax, of a
normalization) have the sum 0.
"""
import gzip
import json
import pathlib
import sys

import torch

import random_cases
import special_cases
from safetensors_format import write
import torch_modules
from torch_ops import FUNCTIONS


def gradients(y, xs, dy):
    """The gradients of sum(dy y), recorded; 0 where y does not depend on an input."""
    found = torch.autograd.grad(y, xs, dy, create_graph=True, allow_unused=True) if y.requires_grad else [None] * len(xs)
    return [torch.zeros_like(x) if g is None or g._is_zerotensor() else g for x, g in zip(xs, found)]


def projected(g, i):
    """A sum of the elements of gradient i, with weights that are exact in float."""
    return ((((5 * torch.arange(g.numel()) + i) % 17 - 8) / 16).to(g.dtype).reshape(g.shape) * g).sum()


def run(function, inputs, options, dy_value):
    """The arrays of a case by name. Without a dy it is different for each element."""
    xs = [x.clone().requires_grad_() for x in inputs]
    y = function(*xs, **options)
    dy = torch.full_like(y, dy_value) if dy_value else (1.5 + torch.sin(torch.arange(y.numel(), dtype=torch.float64))).reshape(y.shape).to(y.dtype)
    dy.requires_grad_()
    gs = gradients(y, xs, dy)
    total = sum((i + 1) * g.sum() if dy_value else projected(g, i) for i, g in enumerate(gs))
    *hs, hdy = gradients(total, xs + [dy], torch.ones_like(total))
    named = {f"{name}{i}": value for name, values in (("x", xs), ("g", gs), ("h", hs)) for i, value in enumerate(values)}
    return {**named, "y": y, "dy": dy, "hdy": hdy}


def main(kind, path, *arguments):
    calls = special_cases.cases() if kind == "special" else random_cases.cases(*map(int, arguments))
    cases, arrays = [], {}
    for op, inputs, options, dy in calls:
        function = torch_modules.call if "module" in options else FUNCTIONS[op]
        for name, value in run(function, inputs, options, dy).items():
            arrays[f"{len(cases)}.{name}"] = value
        cases.append({"op": op, "options": options, "inputs": len(inputs)})
    write(path, arrays, {"cases": json.dumps(cases).replace("Infinity", "null"), "torch": torch.__version__})
    file = pathlib.Path(path)
    file.write_bytes(gzip.compress(file.read_bytes(), mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
