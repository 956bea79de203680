#!/usr/bin/python3
"""Usage: optimizer_round_trip.py PEER

Moves the state of every optimizer from PyTorch to xgrad and from xgrad to PyTorch after some steps, lets both go on with the same gradients,
and compares parameters and state: their largest difference over the largest number, or over 1, is below 1e-6 in float and 1e-12 in double.
PEER is the program xgrad_pytorch_peer; scripts/check-pytorch builds it and runs this.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch

from optimizers import Lion, NAdam
from safetensors_format import read, write

STEPS = 20
SHAPES = {"weight": (3, 4), "bias": (5,)}
DTYPES = {"float": torch.float32, "double": torch.float64}
BOUNDS = {"float": 1e-6, "double": 1e-12}
OPTIMIZERS = {  # as tests/pytorch/peer.cpp makes them
    "SGD": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "Adam": torch.optim.Adam,
    "AdamW": torch.optim.AdamW,
    "NAdam": NAdam,
    "RMSprop": lambda p: torch.optim.RMSprop(p, momentum=0.9, centered=True),
    "Adagrad": torch.optim.Adagrad,
    "Lion": Lion,
}


def parameters(values):
    return [values[name].clone().requires_grad_() for name in SHAPES]


def torch_steps(optimizer, gradients):
    ps = optimizer.param_groups[0]["params"]
    for step in range(STEPS):
        for p, name in zip(ps, SHAPES):
            p.grad = gradients[name][step]
        optimizer.step()
    values = {name: p.detach().clone() for name, p in zip(SHAPES, ps)}
    state = {f"{name}.{key}": torch.as_tensor(value, dtype=torch.float32 if key == "step" else None)
             for name, p in zip(SHAPES, ps) for key, value in optimizer.state[p].items()}
    return values, state


def xgrad_steps(program, kind, scalar, values, state, gradients):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder / "data.safetensors", {**values, **{f"{name}.gradients": tensor for name, tensor in gradients.items()}})
        write(folder / "state.safetensors", state)
        subprocess.run([program, "optimize", scalar, json.dumps({"kind": kind}), folder], check=True)
        return read(folder / "outputs.safetensors"), read(folder / "state_back.safetensors")


def with_state(make, values, state):
    optimizer = make(parameters(values))
    entries = {i: {key.removeprefix(name + "."): tensor.clone() for key, tensor in state.items() if key.startswith(name + ".")}
               for i, name in enumerate(SHAPES)}
    optimizer.load_state_dict({**optimizer.state_dict(), "state": entries})
    return optimizer


def difference(ours, theirs):
    assert ours.keys() == theirs.keys(), (sorted(ours), sorted(theirs))
    return max(((ours[name] - theirs[name]).abs().max() / max(1, theirs[name].abs().max())).item() for name in ours)


def main():
    torch.manual_seed(1)
    failed = False
    for kind, make in OPTIMIZERS.items():
        for scalar, dtype in DTYPES.items():
            values = {name: torch.randn(shape, dtype=dtype) for name, shape in SHAPES.items()}
            before, after = ({name: torch.randn(STEPS, *shape, dtype=dtype) for name, shape in SHAPES.items()} for _ in range(2))
            differences = []
            for first_torch in (True, False):
                begun = torch_steps(make(parameters(values)), before) if first_torch else xgrad_steps(sys.argv[1], kind, scalar, values, {}, before)
                state = {name: tensor for name, tensor in begun[1].items() if name != "learning_rate"}
                theirs = torch_steps(with_state(make, begun[0], state), after)
                ours = xgrad_steps(sys.argv[1], kind, scalar, begun[0], state, after)
                ours[1].pop("learning_rate")
                differences += [difference(ours[0], theirs[0]), difference(ours[1], theirs[1])]
            passed = all(d < BOUNDS[scalar] for d in differences)  # false for a NaN
            failed |= not passed
            print(f"{kind}, {scalar}, both directions: largest relative difference {max(differences):.1e}, {'passed' if passed else 'FAILED'}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
