#!/usr/bin/python3
"""Usage: round_trip.py PEER

Takes states from PyTorch to xgrad and back, and from xgrad to PyTorch, in safetensors files, after a short training, and compares the outputs
in evaluation mode: their largest difference, over the largest output or over 1, is below 1e-6 in float and 1e-12 in double. A state that went
through xgrad is the same to the bit. The nets are those of nets.py, and random modules of every kind that has a state. PEER is the program
xgrad_pytorch_peer; scripts/check-pytorch builds it and runs this.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch

from nets import DTYPES, described_nets, make, outputs
from safetensors_format import read, write

BOUNDS = {"float": 1e-6, "double": 1e-12}
STEPS = 100


def train(net, x, target):
    net.train()
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(STEPS):
        sgd.zero_grad()
        torch.nn.functional.mse_loss(net(x), target).backward()
        sgd.step()


def torch_to_xgrad(peer, net, x, target, folder):
    train(net, x, target)
    state = net.state_dict()
    write(folder / "state.safetensors", state)
    peer("apply")
    back = read(folder / "state_back.safetensors")
    assert back.keys() == state.keys(), (back.keys(), state.keys())
    for name, tensor in state.items():
        assert back[name].dtype == tensor.dtype and torch.equal(back[name], tensor), f"{name} came back changed"
    net.load_state_dict(back, strict=True)


def xgrad_to_torch(peer, net, x, target, folder):
    peer("train")
    state = read(folder / "state.safetensors")
    for name, tensor in state.items():
        assert not name.endswith("num_batches_tracked") or (tensor.item() == STEPS and tensor.shape == ())
    net.load_state_dict(state, strict=True)


def relative_difference(program, direction, scalar, description, x, target):
    net, target = make(**description).to(DTYPES[scalar]), target.to(DTYPES[scalar])
    x = x.to(DTYPES[scalar]) if x.is_floating_point() else x
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder / "data.safetensors", {"x": x, "target": target})
        direction(lambda action: subprocess.run([program, action, scalar, json.dumps(description), folder], check=True), net, x, target, folder)
        y, expected = read(folder / "outputs.safetensors")["y"], outputs(net.eval(), x)
    assert y.dtype == expected.dtype and y.shape == expected.shape, (y.shape, expected.shape)
    return ((y - expected).abs().max() / max(1, expected.abs().max())).item()


def main():
    torch.manual_seed(1)
    failed = False
    for title, nets in described_nets().items():
        for scalar in DTYPES:
            for direction in (torch_to_xgrad, xgrad_to_torch):
                differences = [relative_difference(sys.argv[1], direction, scalar, *net) for net in nets]
                passed = all(difference < BOUNDS[scalar] for difference in differences)  # false for a NaN
                failed |= not passed
                print(f"{title}, {scalar}, {direction.__name__}: largest relative difference {max(differences):.1e}, {'passed' if passed else 'FAILED'}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
