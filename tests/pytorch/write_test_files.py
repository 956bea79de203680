#!/usr/bin/python3
"""Usage: write_test_files.py

Writes the files of PyTorch's that the tests read:

- ../nn/data/torch_state.safetensors, the state of a small net that PyTorch has trained, and torch_outputs.safetensors, what that net makes
  of "x": "y" in float, and "y_double" if state and x are converted to double. tests/nn/test_pytorch.cpp reads them.
- ../optim/data/torch_optim.safetensors: for each of CASES the values of two parameters after STEPS of 100 steps of torch.optim in double,
  and the optimizer's state in the end. tests/optim/test_torch.cpp takes the same steps. The parameters are two groups; the second has
  options of its own, and no gradient at every third step. After half of the steps the learning rates are halved.
"""
import pathlib

import torch

from nets import outputs, trained_net
from safetensors_format import write

STEPS = [1, 10, 100]
CASES = {
    "adam": (torch.optim.Adam, {}),
    "adam_decay": (torch.optim.Adam, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1}),
    "adamw": (torch.optim.AdamW, {}),
    "adamw_decay": (torch.optim.AdamW, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1}),
    "sgd": (torch.optim.SGD, {"lr": 0.05, "weight_decay": 0.01}),
    "sgd_momentum": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}),
    "sgd_nesterov": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
}


def numbers(shape, first, modulus, factor):
    """Numbers from -1 to 1 that are exact in binary, in no visible order."""
    index = torch.arange(first, first + shape.numel(), dtype=torch.float64)
    return ((index * factor % modulus - modulus // 2) / 16).reshape(shape)


def run(kind, options):
    weight = numbers(torch.Size([3, 4]), 0, 17, 5).requires_grad_()
    bias = numbers(torch.Size([5]), 12, 17, 5).requires_grad_()
    optimizer = kind([weight], foreach=False, **options)
    optimizer.add_param_group({"params": [bias], "lr": 0.5 * optimizer.defaults["lr"], "weight_decay": 0.2})
    snapshots = {"weight": [], "bias": []}
    for step in range(1, 101):
        weight.grad = numbers(weight.shape, 17 * step, 31, 13)
        bias.grad = numbers(bias.shape, 17 * step + 12, 31, 13) if step % 3 else None
        optimizer.step()
        if step == 50:
            for group in optimizer.param_groups:
                group["lr"] /= 2
        if step in STEPS:
            snapshots["weight"].append(weight.detach().clone())
            snapshots["bias"].append(bias.detach().clone())
    result = {}
    for name, parameter in (("weight", weight), ("bias", bias)):
        result[name] = torch.stack(snapshots[name])
        for key, value in optimizer.state[parameter].items():
            if value is not None:
                result[f"{name}.{key}"] = value
    return result


tests = pathlib.Path(__file__).parent.parent

torch.manual_seed(1)
net, x = trained_net(8, [12, 6], 4, torch.float32, batch=16)
write(tests / "nn/data/torch_state.safetensors", net.state_dict())
write(tests / "nn/data/torch_outputs.safetensors", {"x": x, "y": outputs(net, x), "y_double": outputs(net.double(), x.double())})

write(tests / "optim/data/torch_optim.safetensors",
      {f"{case}.{name}": tensor for case, (kind, options) in CASES.items() for name, tensor in run(kind, options).items()})
