#!/usr/bin/python3
"""Usage: round_trip.py PEER

Takes states from PyTorch to xgrad and back, and from xgrad to PyTorch, in safetensors files, and compares the outputs (batch norm in
evaluation mode): their largest difference over the largest output is below 1e-6 in float and 1e-12 in double. A state that went
through xgrad is the same to the bit. PEER is the program xgrad_pytorch_peer; scripts/check-pytorch builds it and runs this.
"""
import pathlib
import subprocess
import sys
import tempfile

import torch

from nets import DTYPES, make_net, outputs, trained_net
from safetensors_format import read, write

NETS = {"3 layers": [50, 50], "9 layers": [50, 30, 20, 20, 10, 10, 10, 10]}
FEATURES, CLASSES = 3072, 10
BOUNDS = {"float": 1e-6, "double": 1e-12}


def torch_to_xgrad(peer, hidden, scalar, folder):
    net, x = trained_net(FEATURES, hidden, CLASSES, DTYPES[scalar])
    state = net.state_dict()
    write(folder / "state.safetensors", state)
    write(folder / "data.safetensors", {"x": x})
    peer("apply", scalar, hidden, folder)

    back = read(folder / "state_back.safetensors")
    assert back.keys() == state.keys(), (back.keys(), state.keys())
    for name, tensor in state.items():
        assert back[name].dtype == tensor.dtype and torch.equal(back[name], tensor), f"{name} came back changed"
    make_net(FEATURES, hidden, CLASSES).to(DTYPES[scalar]).load_state_dict(back, strict=True)
    return read(folder / "outputs.safetensors")["y"], outputs(net, x)


def xgrad_to_torch(peer, hidden, scalar, folder):
    peer("train", scalar, hidden, folder)
    state = read(folder / "state.safetensors")
    assert state["1.num_batches_tracked"].item() == 100 and state["1.num_batches_tracked"].shape == ()
    net = make_net(FEATURES, hidden, CLASSES).to(DTYPES[scalar])
    net.load_state_dict(state, strict=True)
    return read(folder / "outputs.safetensors")["y"], outputs(net.eval(), read(folder / "data.safetensors")["x"])


def main():
    def peer(action, scalar, hidden, folder):
        subprocess.run([sys.argv[1], action, scalar, ",".join(map(str, hidden)), folder], check=True)

    torch.manual_seed(1)
    failed = False
    for net, hidden in NETS.items():
        for scalar in DTYPES:
            for direction in (torch_to_xgrad, xgrad_to_torch):
                with tempfile.TemporaryDirectory() as folder:
                    y, expected = direction(peer, hidden, scalar, pathlib.Path(folder))
                assert y.dtype == expected.dtype and y.shape == expected.shape == (100, CLASSES)
                difference = ((y - expected).abs().max() / expected.abs().max()).item()
                passed = difference < BOUNDS[scalar]  # false for a NaN
                failed |= not passed
                print(f"{net}, {scalar:6}, {direction.__name__}: relative difference {difference:.1e}, {'passed' if passed else 'FAILED'}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
