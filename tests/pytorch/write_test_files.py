#!/usr/bin/python3
"""Usage: write_test_files.py

Writes the files of PyTorch's that the tests read:

- ../nn/data/torch_state.safetensors, the state of a small net that PyTorch has trained, and torch_outputs.safetensors, what that net makes
  of "x": "y" in float, and "y_double" if state and x are converted to double. tests/nn/test_pytorch.cpp reads them.
- ../optim/data/torch_optim.safetensors: for each of CASES the values of two parameters after STEPS of 100 steps of torch.optim in double
  (Lion: of its paper's formula), and the optimizer's state in the end. tests/optim/test_torch.cpp takes the same steps. The parameters are
  two groups; the second has options of its own, and no gradient at every third step. After half of the steps the learning rates are halved.
- ../optim/data/torch_schedules.safetensors: the rates of SCHEDULES at 1,000 steps, which tests/optim/test_lr_schedule.cpp compares with ours.
- ../optim/data/torch_plateaus.safetensors: the rates of PLATEAUS after each of 1,000 values of "metric", which
  tests/optim/test_reduce_on_plateau.cpp compares with ours.
- ../optim/data/torch_averages.safetensors: the states of two AveragedModels, "ema" and "swa", of a net whose parameters had the values in
  each row of "parameters", and then by update_bn the statistics of the batches "x". tests/optim/test_weight_average.cpp does the same.
"""
import pathlib

import torch

from nets import outputs, trained_net
from optimizers import Lion, NAdam
from safetensors_format import write

STEPS = [1, 10, 100]
CASES = {
    "adam": (torch.optim.Adam, {}),
    "adam_decay": (torch.optim.Adam, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1}),
    "adamw": (torch.optim.AdamW, {}),
    "adamw_decay": (torch.optim.AdamW, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1}),
    "nadam": (NAdam, {}),
    "nadam_decay": (NAdam, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1, "momentum_decay": 0.01}),
    "rmsprop": (torch.optim.RMSprop, {}),
    "rmsprop_momentum": (torch.optim.RMSprop, {"lr": 0.02, "alpha": 0.9, "eps": 1e-6, "weight_decay": 0.1, "momentum": 0.8}),
    "rmsprop_centered": (torch.optim.RMSprop, {"centered": True}),
    "rmsprop_both": (torch.optim.RMSprop, {"lr": 0.005, "momentum": 0.9, "centered": True}),
    "adagrad": (torch.optim.Adagrad, {}),
    "adagrad_decay": (torch.optim.Adagrad,
                      {"lr": 0.1, "lr_decay": 0.05, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-6}),
    "lion": (Lion, {}),
    "lion_decay": (Lion, {"lr": 0.003, "betas": (0.8, 0.95), "weight_decay": 0.1}),
    "sgd": (torch.optim.SGD, {"lr": 0.05, "weight_decay": 0.01}),
    "sgd_momentum": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}),
    "sgd_nesterov": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
}


schedules = torch.optim.lr_scheduler
SCHEDULES = {
    "step": lambda o: schedules.StepLR(o, 30, 0.9),
    "multi_step": lambda o: schedules.MultiStepLR(o, [700, 10, 200, 200], 0.3),
    "exponential": lambda o: schedules.ExponentialLR(o, 0.99),
    "polynomial": lambda o: schedules.PolynomialLR(o, 900, 2),
    "cosine": lambda o: schedules.CosineAnnealingLR(o, 1000, 0.01),
    "cosine_restarts": lambda o: schedules.CosineAnnealingWarmRestarts(o, 70),
    "cosine_growing": lambda o: schedules.CosineAnnealingWarmRestarts(o, 30, 2, 0.02),
    "one_cycle": lambda o: schedules.OneCycleLR(o, 0.1, 1000, cycle_momentum=False),
    "one_cycle_three": lambda o: schedules.OneCycleLR(o, 0.1, 1000, pct_start=0.45, anneal_strategy="linear", div_factor=10,
                                                      final_div_factor=100, three_phase=True, cycle_momentum=False),
    "inverse_square_root": lambda o: schedules.LambdaLR(o, lambda step: (1 + step / 40) ** -0.5),
    "warmup": lambda o: schedules.SequentialLR(
        o, [schedules.LinearLR(o, 0.25, total_iters=100), schedules.CosineAnnealingLR(o, 900)], [100]),
    "triangular": lambda o: schedules.CyclicLR(o, 0.001, 0.1, 130, cycle_momentum=False),
    "triangular2": lambda o: schedules.CyclicLR(o, 0.001, 0.1, 130, mode="triangular2", cycle_momentum=False),
    "exp_range": lambda o: schedules.CyclicLR(o, 0.001, 0.1, 130, mode="exp_range", gamma=0.995, cycle_momentum=False),
}


PLATEAUS = {
    "default": {},
    "max": {"mode": "max", "factor": 0.5, "patience": 3, "threshold": 0.01},
    "min_abs": {"factor": 0.8, "patience": 7, "threshold": 0.02, "threshold_mode": "abs", "cooldown": 5, "min_lr": 0.002},
    "max_abs": {"mode": "max", "factor": 0.9, "patience": 0, "threshold": 0, "threshold_mode": "abs", "cooldown": 2, "eps": 0.001},
}


def rates_of_plateau(metric, options):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    plateau, found = schedules.ReduceLROnPlateau(optimizer, **options), []
    for value in metric.tolist():
        plateau.step(value)
        found.append(optimizer.param_groups[0]["lr"])
    return torch.tensor(found, dtype=torch.float64)


def rates(make):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule, found = make(optimizer), []
    for _ in range(1000):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return torch.tensor(found, dtype=torch.float64)


def numbers(shape, first, modulus, factor):
    """Numbers from -1 to 1 that are exact in binary, in no visible order."""
    index = torch.arange(first, first + shape.numel(), dtype=torch.float64)
    return ((index * factor % modulus - modulus // 2) / 16).reshape(shape)


def run(kind, options):
    weight = numbers(torch.Size([3, 4]), 0, 17, 5).requires_grad_()
    bias = numbers(torch.Size([5]), 12, 17, 5).requires_grad_()
    rate = kind([weight], **options).defaults["lr"]
    groups = [{"params": [weight]}, {"params": [bias], "lr": 0.5 * rate, "weight_decay": 0.2}]
    optimizer = kind(groups, foreach=False, **options)
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
                result[f"{name}.{key}"] = torch.as_tensor(value, dtype=torch.float32) if key == "step" else value
    return result


tests = pathlib.Path(__file__).parent.parent

torch.manual_seed(1)
net, x = trained_net(8, [12, 6], 4, torch.float32, batch=16)
write(tests / "nn/data/torch_state.safetensors", net.state_dict())
write(tests / "nn/data/torch_outputs.safetensors", {"x": x, "y": outputs(net, x), "y_double": outputs(net.double(), x.double())})

write(tests / "optim/data/torch_optim.safetensors",
      {f"{case}.{name}": tensor for case, (kind, options) in CASES.items() for name, tensor in run(kind, options).items()})
write(tests / "optim/data/torch_schedules.safetensors", {name: rates(make) for name, make in SCHEDULES.items()})

# Noise around a hill in a slope, and at times a NaN.
step = torch.arange(1000, dtype=torch.float64)
metric = 2 - step / 1000 + torch.exp(-((step - 600) / 100) ** 2) + 0.2 * torch.randn(1000, dtype=torch.float64)
metric[::97] = torch.nan
write(tests / "optim/data/torch_plateaus.safetensors",
      {"metric": metric, **{name: rates_of_plateau(metric, options) for name, options in PLATEAUS.items()}})

net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3)).double()
averages = {"ema": torch.optim.swa_utils.AveragedModel(net, avg_fn=lambda average, now, _: 0.9 * average + (1 - 0.9) * now),
            "swa": torch.optim.swa_utils.AveragedModel(net)}
values = torch.randn(20, sum(p.numel() for p in net.parameters()), dtype=torch.float64)
x = torch.randn(3, 8, 4, dtype=torch.float64)
for row in values:
    torch.nn.utils.vector_to_parameters(row, net.parameters())
    for average in averages.values():
        average.update_parameters(net)
for average in averages.values():
    torch.optim.swa_utils.update_bn(x, average)
write(tests / "optim/data/torch_averages.safetensors",
      {"parameters": values, "x": x,
       **{f"{kind}.{name}": tensor for kind, average in averages.items() for name, tensor in average.state_dict().items()}})
