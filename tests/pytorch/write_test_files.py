#!/usr/bin/python3
"""Usage: write_test_files.py

Writes ../nn/data/torch_state.safetensors, the state of a small net that PyTorch has trained, and torch_outputs.safetensors, what that
net makes of "x": "y" in float, and "y_double" if state and x are converted to double. tests/nn/test_pytorch.cpp reads them.
"""
import pathlib

import torch

from nets import outputs, trained_net
from safetensors_format import write

folder = pathlib.Path(__file__).parent.parent / "nn" / "data"
torch.manual_seed(1)
net, x = trained_net(8, [12, 6], 4, torch.float32, batch=16)
write(folder / "torch_state.safetensors", net.state_dict())
write(folder / "torch_outputs.safetensors", {"x": x, "y": outputs(net, x), "y_double": outputs(net.double(), x.double())})
